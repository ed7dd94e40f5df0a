import json, math, random, time, urllib.request

def call(path, body={}):
    data = json.dumps(body).encode() if body is not None else None  # no body: a GET
    request = urllib.request.Request("http://localhost:8080/v1/studies" + path, data, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))

def train(rate, momentum, epochs=30, w=0.0, b=0.0, dw=0.0, db=0.0):  # fits y = 3x + 1 by stochastic gradient descent
    rng = random.Random(0)
    points = [(x, 3 * x + 1 + rng.gauss(0, 0.1)) for x in (rng.uniform(-1, 1) for _ in range(100))]
    for epoch in range(1, epochs + 1):
        for x, y in points:
            dw, db = momentum * dw + (w * x + b - y) * x, momentum * db + (w * x + b - y)
            w, b = w - rate * dw, b - rate * db
        yield epoch, sum((w * x + b - y) ** 2 for x, y in points) / len(points)
