"""A local stand-in for the OpenAI and Anthropic APIs, so that demo and tests need no account.

It speaks the providers' wire formats (JSON and server-sent events) to their real SDKs. Token counts
are functions of the request alone: the same requests in any order cost the same. Every exchange is
written to a journal, with the usage exactly as it was sent, for comparison with the ledger.
"""
