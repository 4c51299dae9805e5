"""The assistant as a part of other programs: a small HTTP API and an MCP server.

``records`` says what a caller gives and gets, ``asking`` and ``sources`` do what is asked for,
``http_api`` and ``mcp_server`` speak the two protocols. Nothing here decides about answers, and
nothing changes what is kept.
"""
