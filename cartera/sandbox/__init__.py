"""A payment gateway that moves no money: for the demo, for trying things out, and for tests.

It runs in a process of its own (`cartera sandbox`), keeps its own file, and behaves as real ones
do: it checks the signature of what it is asked to charge, ends what nobody pays in time, gives one
final answer, and tells of it by signed events that come late, twice and out of order. Nothing here
uses `cartera.gateways`: what both sides must agree on is written twice, on purpose.

The protocol::

    GET  /pagar?reference&amount&currency&expires_at&return_url&description&language&email&signature
         `signature`: HMAC-SHA256 (hex) with the signing secret over the other values in that
         order, each after a line feed but the first. `expires_at`: 2026-11-26T15:04:05Z.
         The browser comes back to `return_url` with `id` and `env=sandbox` added.
    GET  /api/transactions/{id}                Authorization: Bearer KEY
    GET  /api/transactions?reference=          the same; {"data": {...}} or 404
    POST /api/orders/{reference}/close         {"closed": true}: nobody can pay it now
    GET  /api/account?nonce&signature          proves both secrets to both sides
    POST (events address)                      X-Sandbox-Signature: HMAC-SHA256 (hex) with the
                                               events secret over the raw body
"""
