"""A search from a program or a notebook: post it, watch it, look at the front, take a model.

Each `# %%` begins a cell, in editors that know them. Set TCLSEARCH_URL and TCLSEARCH_TOKEN first, or
run it on the service's own machine with TCLSEARCH_TOKEN=$(cat ~/.tclsearch/admin-token).
"""

# %% Post a job: a mapping here; the path of a YAML file would do as well.
from pathlib import Path

from tclsearch_client import Client
from tclsearch_client.frames import front_frame, trials_frame

client = Client()
job = client.submit(
    {
        "version": 1,
        "name": "digits from a notebook",
        "dataset": {"name": "digits"},
        "space": {"preset": "tiny", "training": {"batch_size": 32}},
        "budget": {"trials": 8, "training_epochs": 3},
    }
)
print(job.id)

# %% Watch it. Interrupt this cell when you like: the job goes on, and so can the watch.
for event in client.watch(job.id):
    if event.event == "front.changed":
        found = event.data
        print(f"{found['front_size']} models on the front, hypervolume {found['hypervolume']:.4g}")

# %% Every trial as a row.
trials = trials_frame(client.trials(job.id))
print(trials[["state", "accuracy", "params", "latency_ms"]])

# %% The front, the most accurate model first.
front = client.front(job.id)
frame = front_frame(front).sort_values("accuracy", ascending=False)
print(frame[["head", "accuracy", "params", "latency_ms", "knee"]].to_string())

# %% The model nearest to the ideal one, whole and verified.
path = client.download(job.id, "knee", Path("models"))
print(path, f"{path.stat().st_size:,} bytes")
