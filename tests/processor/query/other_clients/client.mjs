// The official client for Node.js. Prints the same as other_clients/go/main.go.
import { createRequire } from 'node:module'

const { createClient } = createRequire(`${process.cwd()}/`)('@clickhouse/client')

const codeOf = async (promise) => {
  try {
    await promise
  } catch (error) {
    return [Number(error.code), error.message]
  }
  throw new Error('it was not refused')
}

for (const compression of ['none', 'gzip']) {
  const client = createClient({
    url: `http://${process.argv[2]}`,
    database: 'default',
    compression: { response: compression === 'gzip' },
    session_id: `node-${compression}`,
    clickhouse_settings: { max_execution_time: 60 },
    log: { level: 127 },
  })
  const ask = async (query, query_params, format = 'JSONEachRow') =>
    (await client.query({ query, query_params, format })).json()
  if (!(await client.ping()).success) throw new Error('no ping')
  const rows = await ask('select team, toString(sum(cost)) as cost from llm_calls group by team')
  const [{ calls }] = await ask(
    'select toUInt32(count()) as calls from llm_calls where team = {team:String}',
    { team: 'growth' },
  )
  await client.command({ query: 'set output_format_json_quote_64bit_integers = 1' })
  const [{ number }] = await ask('select number from numbers(7, 1)')
  if (number !== '7') throw new Error('SET does not last for the session')
  const many = await client.query({ query: 'select number from numbers(100000)', format: 'CSV' })
  let read = 0
  for await (const chunk of many.stream()) read += chunk.length
  const [refused] = await codeOf(client.query({ query: "select file('/etc/hostname')" }))
  const values = [{ trace_id: 'x' }]
  const [insert, insert_text] = await codeOf(
    client.insert({ table: 'llm_spans', values, format: 'JSONEachRow' }),
  )
  const spend = Object.fromEntries(rows.map(({ team, cost }) => [team, cost]))
  console.log(JSON.stringify({ compression, spend, calls, read, refused, insert, insert_text }))
  await client.close()
}
