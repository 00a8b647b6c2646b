"""The main job, end to end: train a model and wait for it, against SageMaker on this machine.

    make demo

Starts the emulation, runs the project's workflow with the real command line as a child process,
shows what it prints, and checks that the job really came to its end. The exit code is 0 only then.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from demo.sagemaker_emulation import SageMakerEmulation

ROOT = Path(__file__).resolve().parents[1]
WORKFLOW = "workflows/amazon-sagemaker-train-and-poll-job-workflow.yml"
JOB = "demo-training"
STATES = ("InProgress", "InProgress", "Stopping", "Completed")
INPUTS = {
    "trainingJobName": JOB,
    "trainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/demo:1",
    "roleArn": "arn:aws:iam::123456789012:role/SageMakerTraining",
    "s3OutputPath": "s3://demo-bucket/models",
    "instanceType": "ml.m5.large",
    "instanceCount": 1,
    "volumeSizeInGB": 10,
    "maxRuntimeInSeconds": 3600,
}
SECONDS = 120  # far more than the demo takes


def command(url: str) -> list[str]:
    """The command line that a person would type."""
    inputs = [part for name, value in INPUTS.items() for part in ("-i", f"{name}={value}")]
    pace = ["--poll-interval", "0.5"]
    return ["arazzo", "run", WORKFLOW, *inputs, "--server", f"sagemakerApi={url}", *pace]


def main() -> int:
    """Run the demo; 0 when the job was trained, else 1."""
    with SageMakerEmulation(STATES) as sagemaker:
        words = command(sagemaker.url)
        say(f"SageMaker is emulated at {sagemaker.url}; it checks signatures.", "")
        say(
            "$ " + " ".join(words).replace(" -i ", " \\\n    -i ").replace(" --s", " \\\n    --s"),
            "",
        )
        code = run([str(Path(sys.executable).with_name(words[0])), *words[1:]], sagemaker)
        if code != 0:
            return fail(f"arazzo ended with exit code {code}")
        if (sagemaker.create_count, sagemaker.describe_count) != (1, len(STATES)):
            return fail(
                f"expected 1 create and {len(STATES)} describes, SageMaker saw "
                f"{sagemaker.create_count} and {sagemaker.describe_count}"
            )
    say("", f"Done: 1 job created, described {len(STATES)} times ({' > '.join(STATES)}).")
    return 0


def run(words: list[str], sagemaker: SageMakerEmulation) -> int:
    """The exit code of the command, its output going straight to the terminal."""
    try:
        return subprocess.run(
            words, cwd=ROOT, env=sagemaker.environment(), timeout=SECONDS, check=False
        ).returncode
    except FileNotFoundError:
        return fail(f"there is no {words[0]}: run make demo, which installs it")
    except subprocess.TimeoutExpired:
        return fail(f"no end after {SECONDS} s")


def fail(what: str) -> int:
    """Tell what went wrong; the exit code 1."""
    sys.stderr.write(f"demo failed: {what}\n")
    return 1


def say(*lines: str) -> None:
    """Lines on standard output, at once, so that they keep their place among the child's."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
