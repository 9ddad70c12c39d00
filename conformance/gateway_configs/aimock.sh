# aimock as a proxy that records nothing.
npx @copilotkit/aimock --host 127.0.0.1 --port 8080 --proxy-only \
  --provider-openai {{upstream}} --provider-anthropic {{upstream}} --provider-gemini {{upstream}} &

conformance gateway --gateway http://127.0.0.1:8080 --listen {{address}} --model {{model}} --wait 30
