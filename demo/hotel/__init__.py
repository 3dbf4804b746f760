"""The software of a small hotel group: six workflows that use language models, and a service.

Nothing here knows where its calls are counted. Of Spantally it imports `attribute`, to say who a call
is for; of OpenTelemetry it uses the plain tracing API, to name the steps of its agent.
"""
