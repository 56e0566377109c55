"""stage0_preflight_test: the checks of a release, as a test of one artifact."""

load("@bazel_skylib//rules:native_binary.bzl", "native_test")
load("//:version.bzl", "VERSION")

def stage0_preflight_test(name, artifact, target, budget = "//stage0:size-budget.toml", run = "auto", **kwargs):
    """Passes when stage0-preflight finds nothing wrong with an artifact, warnings included.

    Args:
        name: the test's name.
        artifact: the artifact.
        target: the target triple that it is for.
        budget: how large artifacts may be.
        run: `auto` runs it where this machine's CPU or qemu-user on PATH can, `always` fails elsewhere, `never` does not.
        **kwargs: further attributes of the test.
    """
    native_test(
        name = name,
        src = "//tools/release/stage0-preflight",
        out = name + "_bin",
        args = [
            "--strict",
            "--budget=$(rootpath {})".format(budget),
            "--expect-version=" + VERSION,
            "--require=" + target,
            "--run=" + run,
            "--target=" + target,
            "$(rootpath {})".format(artifact),
        ],
        data = [
            artifact,
            budget,
        ],
        **kwargs
    )
