# SGLang router waits until its worker is healthy: start the test first, it answers health checks.
conformance gateway --gateway http://127.0.0.1:8080 --listen {{address}} --model {{model}} --wait 60 &

sglang-router launch --host 127.0.0.1 --port 8080 --worker-urls {{upstream}} --policy round_robin
# The cases of refusals open its circuit breaker; --disable-retries --disable-circuit-breaker shows it without.
