// One call through the AI SDK of the working folder: `node vercel_ai.mjs CASE STAND_IN`. Prints the
// spans as an OTLP request in base64. vercel_ai.py runs it; see there.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.cwd(), 'package.json'));
const {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} = require('@opentelemetry/sdk-trace-node');
const { ProtobufTraceSerializer } = require('@opentelemetry/otlp-transformer');
const ai = require('ai');
const { createOpenAI } = require('@ai-sdk/openai');
const { createAnthropic } = require('@ai-sdk/anthropic');

const [, , which, standIn] = process.argv;
const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();

let telemetry = { experimental_telemetry: { isEnabled: true, functionId: 'sum' } };
if (ai.registerTelemetry) {
  const { OpenTelemetry } = require('@ai-sdk/otel');
  ai.registerTelemetry(new OpenTelemetry());
  telemetry = { telemetry: { isEnabled: true, functionId: 'sum' } };
}

const openai = createOpenAI({ apiKey: 'made-up', baseURL: standIn + '/v1' });
const anthropic = createAnthropic({ apiKey: 'made-up', baseURL: standIn + '/v1' });
const prompt = 'What is two and two?';
const cases = {
  chat: () => ai.generateText({ model: openai.chat('gpt-5'), prompt, ...telemetry }),
  stream: async () => {
    const result = ai.streamText({ model: openai.chat('gpt-5'), prompt, ...telemetry });
    for await (const _ of result.textStream);
  },
  messages: () => ai.generateText({ model: anthropic('claude-sonnet-4-5'), prompt, ...telemetry }),
  embed: () =>
    ai.embed({ model: openai.embedding('text-embedding-3-small'), value: 'two', ...telemetry }),
};

await cases[which]();
await provider.forceFlush();
const body = ProtobufTraceSerializer.serializeRequest(exporter.getFinishedSpans());
console.log(Buffer.from(body).toString('base64'));
