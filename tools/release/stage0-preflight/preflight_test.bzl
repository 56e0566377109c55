"""stage0_preflight_test: verifies one stage0 artifact with stage0-preflight."""

load("@bazel_skylib//rules:native_binary.bzl", "native_test")
load("//:version.bzl", "VERSION")

def stage0_preflight_test(name, artifact, target, budget = "//stage0:size-budget.toml", run = "auto", **kwargs):
    """Passes if stage0-preflight reports no failed check for an artifact, warnings included.

    Args:
        name: the test's name.
        artifact: the artifact.
        target: the artifact's target triple.
        budget: the file with the maximum size for each target.
        run: `auto` runs the artifact if this machine's CPU or qemu-user on PATH can, `always` fails if neither can, `never` skips the check.
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
