// Emits the same two spans through one exporter of OpenTelemetry's JavaScript SDK, and prints what it sent:
//   node emit.js json|protobuf URL
import { SpanKind, SpanStatusCode, TraceFlags, context, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

const [format, url] = process.argv.slice(2);
const exporter = new (format === "json" ? JsonExporter : ProtobufExporter)({ url });
const outcomes = [];
const recording = {
  export: (spans, done) =>
    exporter.export(spans, (result) => {
      outcomes.push(result.code);
      done(result);
    }),
  shutdown: () => exporter.shutdown(),
};
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ "service.name": "shop-js", "team.size": 7 }),
  spanProcessors: [new SimpleSpanProcessor(recording)],
});
const tracer = provider.getTracer("spantally", "1.2.3");

const parent = tracer.startSpan("handle order", { kind: SpanKind.SERVER });
const call = tracer.startSpan(
  "chat gpt-5",
  {
    kind: SpanKind.CLIENT,
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-5",
      "gen_ai.response.model": "gpt-5-2025-08-07",
      "gen_ai.usage.input_tokens": 1000,
      "gen_ai.usage.output_tokens": 100,
      "gen_ai.response.finish_reasons": ["stop", "größe ✓"],
      "spantally.provider.source": "host",
      "spantally.usage.source": "provider",
      "a.double": 0.25,
      "a.large.number": 9007199254740991,
      "a.flag": true,
    },
    links: [
      {
        context: {
          traceId: "0af7651916cd43dd8448eb211c80319c",
          spanId: "b7ad6b7169203331",
          traceFlags: TraceFlags.SAMPLED,
        },
        attributes: { why: "a queue" },
      },
    ],
  },
  trace.setSpan(context.active(), parent),
);
call.addEvent("first token", { "at.ms": 12 });
call.setStatus({ code: SpanStatusCode.ERROR, message: "cut" });
call.end();
parent.end();
await provider.forceFlush();
await provider.shutdown();

const described = [call, parent].map((span) => ({
  traceId: span.spanContext().traceId,
  spanId: span.spanContext().spanId,
  parentSpanId: span.parentSpanContext?.spanId ?? "",
  name: span.name,
  startNs: String(BigInt(span.startTime[0]) * 1000000000n + BigInt(span.startTime[1])),
  endNs: String(BigInt(span.endTime[0]) * 1000000000n + BigInt(span.endTime[1])),
}));
console.log(JSON.stringify({ spans: described, outcomes }));
