"""The doors: OTLP over HTTP and over gRPC. Both hand bodies to `intake` and report what it says."""
