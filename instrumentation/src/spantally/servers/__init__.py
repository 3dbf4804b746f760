"""Context in web servers, where OpenTelemetry's instrumentation ends before the response. One file each."""
