# mitmproxy as a reverse proxy; without stream_large_bodies it holds every answer back until it is whole.
mitmdump --mode reverse:{{upstream}} --listen-host 127.0.0.1 --listen-port 8080 --set stream_large_bodies=1 &

conformance gateway --gateway http://127.0.0.1:8080 --listen {{address}} --model {{model}} --wait 30
