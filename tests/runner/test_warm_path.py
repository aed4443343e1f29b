"""What stands between a claim and the first training step."""

import subprocess
import sys

SAYS_WHAT_IT_LOADS = """
import sys
import workers.runner
print([name for name in ("torch", "onnx", "onnxruntime", "PIL", "sklearn") if name in sys.modules])
"""


def test_a_runner_waits_for_no_library_that_trials_alone_use() -> None:
    """They take seconds to load, which its trials' processes spend besides."""
    loaded = subprocess.run(
        [sys.executable, "-c", SAYS_WHAT_IT_LOADS], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


SAYS_WHAT_A_TRIAL_LOADS = """
import sys
import workers.trials.trainable
import workers.trials.trial
print([name for name in ("optuna", "scipy", "sklearn", "workers.search.search") if name in sys.modules])
"""


def test_a_trials_process_waits_for_no_library_that_the_runner_alone_uses() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", SAYS_WHAT_A_TRIAL_LOADS], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


COUNTS_INTEGRATIONS = """
import sys
from workers.search.tune_run import COUNTED_BY_TUNE, keep_out
from ray.air._internal.usage import tag_callbacks
from ray.tune import Callback
keep_out(COUNTED_BY_TUNE)
tag_callbacks([Callback()])
print([name for name in sys.modules if name.startswith(("mlflow.", "wandb.", "comet_ml."))])
"""


def test_a_runner_loads_no_library_that_tune_only_counts() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", COUNTS_INTEGRATIONS], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"
