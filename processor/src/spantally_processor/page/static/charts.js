// The charts, drawn by Chart.js in the colours of the page.

const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumSignificantDigits: 3 })
const LONGEST_LABEL = 22

const drawn = new Map()

function colours() {
  const style = getComputedStyle(document.documentElement)
  return Object.fromEntries(
    ['accent', 'bound', 'nobody', 'quiet', 'line', 'card', 'ink'].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  )
}

function draw(canvas, label, configure) {
  drawn.get(canvas)?.chart.destroy()
  for (const known of drawn.keys()) {
    if (known.isConnected) continue
    drawn.get(known).chart.destroy()
    drawn.delete(known)
  }
  canvas.setAttribute('aria-label', label)
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily
  Chart.defaults.animation = still ? false : { duration: 250 }
  drawn.set(canvas, { chart: new Chart(canvas, configure(colours())), again: () => draw(canvas, label, configure) })
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const { again } of [...drawn.values()]) again()
})

// An unknown amount has no bar; its number is in the table.
const height = (cost) => (cost.exact === null ? null : Number(cost.exact))

// Isolated, so that a name written from right to left does not turn what is beside it.
const label = (text) => `\u2068${text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL - 1)}…` : text}\u2069`

const axis = (colour, more) => ({ border: { display: false }, ticks: { color: colour.quiet, ...more.ticks }, grid: { color: colour.line, ...more.grid } })

const tooltip = (colour, callbacks) => ({
  backgroundColor: colour.ink, titleColor: colour.card, bodyColor: colour.card, displayColors: false, callbacks,
})

export function trendChart(canvas, { points, unit }, labelOf) {
  const parts = [
    ['everything priced', (point) => !point.is_lower_bound, 'accent'],
    ['lower bound: some calls have no price', (point) => point.is_lower_bound, 'bound'],
  ]
  const highest = points.reduce((most, point) => ((height(point.cost) ?? 0) > (height(most.cost) ?? 0) ? point : most), points[0])
  const summary = `Spend by ${unit}; most on ${labelOf(highest.at)}: ${highest.cost.text}. The table below has every ${unit}.`
  draw(canvas, summary, (colour) => ({
    type: 'bar',
    data: {
      labels: points.map((point) => labelOf(point.at)),
      datasets: parts.map(([title, belongs, name]) => ({
        label: title,
        data: points.map((point) => (belongs(point) ? height(point.cost) : null)),
        backgroundColor: colour[name],
        borderRadius: 3,
        maxBarThickness: 36,
      })),
    },
    options: {
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: { stacked: true, ...axis(colour, { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 18 } }) },
        y: { stacked: true, beginAtZero: true, ...axis(colour, { ticks: { maxTicksLimit: 6, callback: (value) => dollars.format(value) } }) },
      },
      plugins: {
        legend: { display: points.some((point) => point.is_lower_bound), align: 'end', labels: { color: colour.quiet, boxWidth: 10, boxHeight: 10 } },
        tooltip: tooltip(colour, {
          label: (item) => (item.raw === null ? null : points[item.dataIndex].cost.text),
          afterBody: ([item]) => `${points[item?.dataIndex ?? 0].calls.toLocaleString('en-US')} calls`,
        }),
      },
    },
  }))
}

export function barChart(canvas, title, lines) {
  canvas.parentElement.style.height = `${2.2 + 1.75 * lines.length}rem`
  draw(canvas, `Bar chart, ${title}. The table below has the numbers.`, (colour) => ({
    type: 'bar',
    data: {
      labels: lines.map((line) => label(line.name)),
      datasets: [{
        data: lines.map((line) => height(line.cost)),
        backgroundColor: lines.map((line) => (line.kind === 'value' ? colour.accent : colour.nobody)),
        borderRadius: 3,
        maxBarThickness: 18,
      }],
    },
    options: {
      indexAxis: 'y',
      maintainAspectRatio: false,
      scales: {
        x: { beginAtZero: true, ...axis(colour, { ticks: { maxTicksLimit: 5, maxRotation: 0, callback: (value) => dollars.format(value) } }) },
        y: axis(colour, { grid: { display: false }, ticks: { color: colour.ink, autoSkip: false } }),
      },
      plugins: {
        legend: { display: false },
        tooltip: tooltip(colour, {
          title: ([item]) => lines[item.dataIndex].name.slice(0, 80),
          label: (item) => lines[item.dataIndex].cost.text,
        }),
      },
    },
  }))
}
