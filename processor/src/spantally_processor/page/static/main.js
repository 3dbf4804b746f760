// What is shown is in the address after #: period (or from and to), by, trace. So it can be linked to.

import { ask, Problem, takeTokenFromAddress } from './access.js'
import { barChart, trendChart } from './charts.js'
import { amount, count, date, day, moment, name, number, part, scrolling, table } from './parts.js'

const CUTS = ['team', 'feature', 'workflow', 'customer', 'project', 'model', 'property', 'environment', 'service']
const VERDICTS = {
  aggregate: 'wraps calls below', duplicate: 'seen better by another span', mirror: 'counted in another trace', replay: 'an answer fetched again',
}

const $ = (id) => document.getElementById(id)
const asked = () => new URLSearchParams(location.hash.slice(1))

function go(changes) {
  const next = asked()
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) next.delete(key)
    else next.set(key, value)
  }
  location.hash = next.toString()
}

function chosen() {
  const own = asked().get('by')?.split(',').filter(Boolean) ?? []
  return [own[0] ?? 'team', own[1] ?? 'feature']
}

async function showOverview() {
  const query = new URLSearchParams({ by: chosen().join(',') })
  for (const key of ['period', 'last', 'from', 'to']) if (asked().has(key)) query.set(key, asked().get(key))
  const answer = await ask(`/api/overview?${query}`)
  $('nothing').hidden = answer.total !== null
  $('overview').hidden = answer.total === null
  if (answer.total === null) return
  showTotal(answer)
  showTrend(answer.trend)
  $('cuts').replaceChildren(...chosen().map((key, at) => cut(key, at, answer.by[key])))
  for (const key of new Set(chosen())) drawCut(key, answer.by[key])
  showUnpriced(answer)
  showTraces(answer.traces)
}

function showTotal({ total, from, to }) {
  $('total').replaceChildren(amount(total.cost))
  const until = new Date(Math.min(new Date(to) - 1000, Date.now())).toISOString()
  const notBilled = total.not_billed_attempts ? ` · ${count(total.not_billed_attempts, 'attempt')} not billed` : ''
  $('total-about').textContent = `${date(from)} to ${date(until)} · ${count(total.calls, 'call')} · ${count(total.tokens, 'token')}${notBilled}`
  const percent = (value) => (value === null ? 'unknown' : `${value} %`)
  const unknown = total.unpriced_calls + total.partially_priced_calls
  $('coverage').replaceChildren(
    tile('Tokens priced', percent(total.tokens_priced_percent), `${number(total.unpriced_tokens)} without a price`),
    tile('Spend attributed', percent(total.spend_attributed_percent), 'to a team, project, feature, workflow or customer'),
    unattributed(total.unattributed),
    tile('Cost unknown', count(unknown, 'call'), `${number(total.unpriced_calls)} wholly, ${number(total.partially_priced_calls)} in part`),
    tile('Usage reported', percent(total.usage_reported_percent), 'of calls, in full, by the provider'),
  )
}

function unattributed({ cost, share_percent, calls }) {
  if (!calls) return tile('Unattributed', 'no call', 'every call names somebody')
  const share = cost.exact === null || share_percent === null ? '' : `, ${share_percent} % of known spend`
  return tile('Unattributed', amount(cost), `${count(calls, 'call')}${share}`)
}

const tile = (title, value, about) => part('div', {}, part('dt', {}, title), part('dd', {}, value, part('small', {}, about)))

function showTrend(trend) {
  const labelOf = trend.unit === 'hour' ? moment : day
  $('trend-title').textContent = `Spend by ${trend.unit}`
  trendChart($('trend-chart'), trend, labelOf)
  const rows = trend.points.map((point) => ({
    cells: [labelOf(point.at), amount(point.cost), number(point.calls), number(point.unpriced_calls)],
  }))
  const columns = [[trend.unit], ['cost', 'number'], ['calls', 'number'], ['unpriced', 'number']]
  $('trend-table').replaceChildren(scrolling(table(`Spend by ${trend.unit}`, columns, rows), `Table, spend by ${trend.unit}`))
}

function cut(key, at, { lines }) {
  const select = part('select', { 'aria-label': 'Cut by', id: `cut-${at}` }, ...[...new Set([...CUTS, key])].map((each) => part('option', { value: each }, `by ${each}`)))
  select.value = key
  select.addEventListener('change', () => {
    const by = chosen()
    by[at] = select.value
    go({ by: by.join(',') })
  })
  const rows = lines.map((line) => ({
    cells: [name(line.name), amount(line.cost), line.share_percent === null ? '–' : `${line.share_percent} %`, number(line.calls), number(line.tokens)],
    style: line.kind === 'value' ? null : 'quiet',
  }))
  const columns = [[key], ['cost', 'number'], ['share', 'number'], ['calls', 'number'], ['tokens', 'number wide']]
  return part('section', { class: 'card cut', 'aria-labelledby': `cut-title-${at}` },
    part('div', { class: 'head' }, part('h2', { id: `cut-title-${at}` }, `Spend by ${key}`), select),
    part('div', { class: 'chart' }, part('canvas', { role: 'img', 'data-cut': key })),
    scrolling(table(`Spend by ${key}`, columns, rows), `Table, spend by ${key}`),
  )
}

function drawCut(key, { lines }) {
  for (const canvas of document.querySelectorAll(`canvas[data-cut="${CSS.escape(key)}"]`)) barChart(canvas, `spend by ${key}`, lines)
}

function showUnpriced({ unpriced, unpriced_more, subscription }) {
  const fee = subscription.calls ? [part('p', { class: 'hint' }, `A subscription paid for ${count(subscription.calls, 'call')} (${count(subscription.tokens, 'token')}); no part of its fee is in a total.`)] : []
  if (!unpriced.length) {
    const all = subscription.calls ? 'Every other call of this period has a price.' : 'Every call of this period has a price.'
    $('unpriced-body').replaceChildren(part('p', { class: 'hint' }, all), ...fee)
    return
  }
  const rows = unpriced.map((each) => ({
    cells: [name(each.model), each.reason.replaceAll('_', ' '), each.status === 'unpriced' ? 'unknown' : 'lower bound', number(each.calls), number(each.tokens)],
  }))
  const columns = [['model', 'long'], ['why'], ['cost', 'wide'], ['calls', 'number'], ['tokens', 'number wide']]
  const more = unpriced_more ? part('p', { class: 'hint' }, `and ${number(unpriced_more)} more: spantally report names them all`) : null
  $('unpriced-body').replaceChildren(scrolling(table('Calls without a price', columns, rows), 'Table, calls without a price'), ...(more ? [more] : []), ...fee)
}

let traces = []

function showTraces(found = traces) {
  traces = found
  const newest = $('order').value === 'newest'
  const ordered = newest ? traces.toSorted((one, other) => other.start.localeCompare(one.start)) : traces
  const rows = ordered.map((trace) => ({
    cells: [
      part('div', { class: 'beside' },
        part('button', { class: 'link', type: 'button', onclick: () => go({ trace: trace.trace_id }) }, name(trace.root || 'trace')),
        part('code', {}, trace.trace_id.slice(0, 8))),
      moment(trace.start), trace.workflow ? name(trace.workflow) : part('span', { class: 'quiet' }, 'unattributed'),
      name(trace.services.join(', ')), number(trace.calls), amount(trace.cost),
    ],
  }))
  const columns = [['trace'], ['when', 'when'], ['workflow', 'wide'], ['services', 'wide'], ['calls', 'number'], ['cost', 'number']]
  $('traces-body').replaceChildren(scrolling(table('The costliest traces of the period', columns, rows), 'Table, costly traces'))
}

async function showSteps() {
  const trace = asked().get('trace')
  if (!trace) {
    $('steps').hidden = true
    return
  }
  const found = await ask(`/api/traces/${encodeURIComponent(trace)}`)
  const covered = found.tokens_priced_percent === null ? 'no tokens reported' : `${found.tokens_priced_percent} % of tokens priced`
  $('steps-title').textContent = `Trace ${found.trace_id}`
  const left = found.steps_left_out ? part('p', { class: 'hint' }, `and ${count(found.steps_left_out, 'more step')}: spantally trace ${found.trace_id} --json has them all`) : ''
  $('steps-body').replaceChildren(
    part('p', { class: 'total' }, amount(found.cost)),
    part('p', { class: 'hint' }, `${moment(found.start)} · ${found.duration} · ${count(found.calls, 'call')} · ${covered}`),
    scrolling(
      table('Steps of the trace, from the top down', [['step'], ['model and tokens', 'wide'], ['time', 'number wide'], ['cost', 'number']], found.steps.map(step)),
      'Table, steps of the trace',
    ),
    left,
  )
  $('steps').hidden = false
  $('steps-title').focus()
}

function step(each) {
  const rails = Array.from({ length: each.depth }, () => part('span', { class: 'rail', 'aria-hidden': 'true' }))
  const level = part('span', { class: 'unseen' }, `level ${each.depth + 1}: `)
  const heading = part('div', { class: 'step' }, ...rails, part('div', {}, level, name(each.name), ' ', part('code', {}, name(each.service)), each.error ? part('span', { class: 'failed' }, ' failed') : null))
  const cost = each.cost === null ? '' : part('span', {}, each.is_sum ? part('span', { class: 'quiet', title: 'sum of the steps below' }, 'Σ ') : null, amount(each.cost))
  return { cells: [heading, each.call === null ? '' : call(each.call), each.duration, cost], style: each.call || each.cost ? null : 'quiet' }
}

function call({ model, input_tokens, output_tokens, verdict, status, reason }) {
  // What is fully priced lacks nothing: an embedding has no output.
  const sides = [[input_tokens, 'in'], [output_tokens, 'out']].filter(([tokens]) => tokens !== null || status !== 'priced')
  const notes = sides.every(([tokens]) => tokens === null) ? [] : [sides.map(([tokens, side]) => `${tokens === null ? '?' : number(tokens)} ${side}`).join(', ')]
  if (verdict !== 'counted') notes.push(`not counted: ${VERDICTS[verdict] ?? verdict}`)
  else if (status === 'subscription') notes.push('paid by a subscription')
  else if (status !== 'priced' && reason) notes.push(`${status.replaceAll('_', ' ')}: ${reason.replaceAll('_', ' ')}`)
  return part('div', {}, name(model), part('div', { class: 'hint' }, notes.join(' · ')))
}

async function attempt(show) {
  try {
    await show()
    return true
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const links = error.candidates.map((id) => part('button', { class: 'link', type: 'button', onclick: () => go({ trace: id }) }, part('code', {}, id)))
    $('problem').replaceChildren(error.message, ...links.flatMap((link) => [part('br'), link]))
    $('problem').hidden = false
    return false
  }
}

let before = null

async function show() {
  const now = asked()
  const kept = (without) => [...now].filter(([key]) => key !== without).toString()
  const onlyTrace = before !== null && before.rest === kept('trace')
  before = { rest: kept('trace') }
  $('problem').hidden = true
  $('period').value = now.has('from') || now.has('to') ? 'days' : now.get('last') ?? now.get('period') ?? 'this-month'
  $('days').hidden = $('period').value !== 'days'
  for (const key of ['from', 'to']) if (now.has(key)) $(key).value = now.get(key)
  $('status').textContent = 'Loading'
  document.body.setAttribute('aria-busy', 'true')
  const shown = [await attempt(showSteps), onlyTrace || (await attempt(showOverview))]
  document.body.removeAttribute('aria-busy')
  $('status').textContent = shown.every(Boolean) ? 'Loaded' : ''
}

$('period').addEventListener('change', () => {
  const value = $('period').value
  $('days').hidden = value !== 'days'
  const isMonth = value.endsWith('month')
  if (value !== 'days') go({ period: isMonth ? value : null, last: isMonth ? null : value, from: null, to: null })
})
$('period-form').addEventListener('submit', (event) => {
  event.preventDefault()
  go({ period: null, last: null, from: $('from').value, to: $('to').value })
})
$('lookup').addEventListener('submit', (event) => {
  event.preventDefault()
  go({ trace: $('trace').value.trim().toLowerCase() })
})
$('steps-close').addEventListener('click', () => {
  go({ trace: null })
  $('main').focus()
})
$('order').addEventListener('change', () => showTraces())
addEventListener('hashchange', show)
takeTokenFromAddress()
show()
