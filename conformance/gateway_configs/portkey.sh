# Portkey gateway takes the provider from each request's headers. It refuses loopback hosts, unless told to trust them:
TRUSTED_CUSTOM_HOSTS=127.0.0.1,localhost npx @portkey-ai/gateway --headless --port=8787 &

conformance gateway --gateway http://127.0.0.1:8787 --listen {{address}} --model {{model}} --wait 30 \
  --header 'x-portkey-provider: openai' --header 'x-portkey-custom-host: {{upstream}}/v1'
# Translated: x-portkey-provider: anthropic or google, and only --protocol openai-chat
