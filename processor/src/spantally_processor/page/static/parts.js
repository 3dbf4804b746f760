// Elements, made from texts. Nothing here ever reads a text as HTML.

export function part(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'onclick') element.addEventListener('click', value)
    else if (value !== null) element.setAttribute(name, value)
  }
  element.append(...children.filter((child) => child !== null))
  return element
}

// A value that somebody else chose: of any length, in any direction of writing.
export const name = (text) => part('bdi', { class: 'name', title: text }, text)

export const number = (value) => value.toLocaleString('en-US')

export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? '' : 's'}`

// What is not fully known stands out: the sign of a lower bound, or the word "unknown".
export function amount(cost) {
  const about = { title: cost.exact && `${cost.exact} USD` }
  if (cost.exact === null) return part('span', { class: cost.text === 'unknown' ? 'bound' : 'quiet', ...about }, cost.text)
  const [, sign, value] = /^([≥>] )?(.*)$/.exec(cost.text)
  return part('span', about, sign ? part('span', { class: 'bound' }, sign) : null, value)
}

// columns: [title, class of its cells]; rows: lists of cells, the first of which heads the row.
export function table(caption, columns, rows) {
  const head = columns.map(([title, style]) => part('th', { scope: 'col', class: style ?? null }, title))
  const body = rows.map(({ cells, style }) =>
    part('tr', { class: style ?? null }, ...cells.map((cell, at) =>
      part(at ? 'td' : 'th', { scope: at ? null : 'row', class: columns[at][1] ?? null }, cell ?? ''),
    )),
  )
  return part('table', {}, part('caption', { class: 'unseen' }, caption), part('thead', {}, part('tr', {}, ...head)), part('tbody', {}, ...body))
}

// What may be wider than the screen; it scrolls by itself, also with the keys.
export const scrolling = (content, label) => part('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': label }, content)

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
const MOMENT = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: 'UTC' })

export const day = (iso) => DAY.format(new Date(iso))
export const date = (iso) => DATE.format(new Date(iso))
export const moment = (iso) => MOMENT.format(new Date(iso))
