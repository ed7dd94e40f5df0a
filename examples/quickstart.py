import json, random, time, urllib.request

def call(path, body=None):  # a POST, or a GET when there is no body
    url, data = "http://localhost:8080/v1/studies" + path, body and json.dumps(body).encode()
    return json.load(urllib.request.urlopen(urllib.request.Request(url, data, {"Content-Type": "application/json"})))

def train(rate, momentum, a=0.0, speed=0.0):  # fit y = a*x by gradient descent
    points = [(x / 50, 3 * x / 50 + random.gauss(0, 0.1)) for x in range(-50, 51)]
    for step in range(1, 31):
        speed = momentum * speed + sum((a * x - y) * x for x, y in points) / len(points)
        a -= rate * speed
        yield step, sum((a * x - y) ** 2 for x, y in points) / len(points)

call("?load_if_exists=true", {"name": "quickstart", "max_steps": 30, "budget": {"max_trials": 30}, "search_space": {
    "rate": {"type": "float", "low": 0.001, "high": 1, "log": True}, "momentum": {"type": "float", "low": 0, "high": 0.9}},
    "pruner": {"type": "median", "startup_trials": 5, "warmup_steps": 3}})
while not (answer := call("/quickstart/ask", {"worker": "quickstart"}))["stop"]:
    time.sleep(answer.get("retry_after", 0))
    for trial in answer["trials"]:
        path = f"/quickstart/trials/{trial['number']}"
        for step, loss in train(**trial["params"]):
            if pruned := call(path + "/report", {"step": step, "value": loss})["should_prune"]:
                break
        call(path + "/tell", {"state": "PRUNED"} if pruned else {"value": loss})
print(call("/quickstart/best")["trials"][0])
