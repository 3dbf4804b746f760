"""A LiteLLM proxy: `gateway.py CONFIG PORT`. Options would be taken for those of `opentelemetry-instrument`."""

import sys

from litellm.proxy.proxy_cli import run_server

config, port = sys.argv[1:]
run_server(["--config", config, "--host", "127.0.0.1", "--port", port])
