"""The product's settings, with another way to tell everybody in front: which one, `BENCH_WAY` says."""

import os

from workspace import settings as product

globals().update({name: value for name, value in vars(product).items() if name.isupper()})
ASGI_APPLICATION = f"tests.bench.ways.{os.environ['BENCH_WAY']}"
