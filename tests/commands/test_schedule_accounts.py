"""`schedule --accounts FILE`: several mirrors for one scheduler, and no token in any of it (cli.md, schedule).

It is what faults.md, row 102, asks for.
"""

from __future__ import annotations

import plistlib
import re
from pathlib import Path

import pytest
import yaml

from coda_git_mirror.actions.schedule.naming import stem
from coda_git_mirror.actions.schedule.plan import ELSEWHERE, HERE, KINDS
from tests.commands.program import run
from tests.commands.schedulers import cron_daemon, fake_programs

TOKEN = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
PLACES = {
    **dict.fromkeys(HERE, 'folder = "{0}-mirror"'),
    "github-actions": 'remote = "org/{0}-mirror"',
    "gitlab-ci": 'remote = "group/{0}-mirror"',
    "kubernetes": 'remote = "https://git.example.org/{0}/mirror.git"',
}
SECRETS = {"github-actions": "CODA_{}", "gitlab-ci": "CODA_{}", "kubernetes": "coda-{}", "systemd": "coda-{}"}


def accounts(kind: str, folder: Path, *names: str) -> Path:
    """A file of accounts as a kind takes it."""
    path = folder / "accounts.toml"
    secret = SECRETS.get(kind, "{}@example.org")
    entries = [
        f'[[account]]\nname = "{name}"\n{PLACES[kind].format(name)}\ntoken = "{secret.format(name)}"\n'
        for name in names
    ]
    path.write_text("\n".join(entries))
    return path


def printed(kind: str, folder: Path, *names: str) -> str:
    answer = run("schedule", kind, "--accounts", str(accounts(kind, folder, *names)), "-o", "m", cwd=folder)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_each_account_has_a_line_of_cron_s_with_its_login(tmp_path: Path) -> None:
    lines = [line for line in printed("cron", tmp_path, "ada", "ben").splitlines() if not line.startswith("#")]
    assert [re.search(r"--account (\S+) -o (\S+)$", line) is not None for line in lines] == [True, True]
    assert lines[0].endswith(f"--account ada@example.org -o {tmp_path}/ada-mirror")


def test_each_account_has_units_an_agent_or_a_task_of_its_own(tmp_path: Path) -> None:
    names = [stem(str(tmp_path / f"{name}-mirror")) for name in ("ada", "ben")]
    units = printed("systemd", tmp_path, "ada", "ben")
    assert all(f"# {name}.{suffix}\n" in units for name in names for suffix in ("service", "timer"))
    assert re.findall(r"^LoadCredential=(.*)$", units, re.MULTILINE) == [
        "coda-api-token:coda-ada",
        "coda-api-token:coda-ben",
    ]
    for kind, suffix in (("launchd", "plist"), ("windows", "xml")):
        assert re.findall(r"^<!-- (coda-\S+) -->$", printed(kind, tmp_path, "ada", "ben"), re.MULTILINE) == [
            f"{name}.{suffix}" for name in names
        ]
    assert plistlib.loads(printed("launchd", tmp_path, "ada").encode())["Label"] == names[0]


def test_github_has_a_matrix_and_names_each_secret(tmp_path: Path) -> None:
    workflow = yaml.safe_load(printed("github-actions", tmp_path, "ada", "ben"))
    job = workflow["jobs"]["sync"]
    assert job["strategy"]["matrix"]["include"] == [
        {"account": "ada", "remote": "org/ada-mirror"},
        {"account": "ben", "remote": "org/ben-mirror"},
    ]
    assert job["strategy"]["fail-fast"] is False
    assert job["steps"][0]["with"]["repository"] == "${{ matrix.remote }}"
    token = job["steps"][-1]["env"]["CODA_API_TOKEN"]
    assert token == (
        "${{ matrix.account == 'ada' && secrets.CODA_ada || matrix.account == 'ben' && secrets.CODA_ben || '' }}"
    )


def test_gitlab_has_a_matrix_and_one_run_of_an_account_at_a_time(tmp_path: Path) -> None:
    [job] = yaml.safe_load(printed("gitlab-ci", tmp_path, "ada", "ben")).values()
    assert job["parallel"]["matrix"] == [
        {"MIRROR_ACCOUNT": name, "MIRROR_REMOTE": f"group/{name}-mirror", "MIRROR_TOKEN": f"CODA_{name}"}
        for name in ("ada", "ben")
    ]
    assert job["resource_group"].endswith("-$MIRROR_ACCOUNT")


def test_kubernetes_has_a_job_a_secret_and_a_volume_each(tmp_path: Path) -> None:
    manifests = list(yaml.safe_load_all(printed("kubernetes", tmp_path, "ada", "ben")))
    assert [each["kind"] for each in manifests] == ["PersistentVolumeClaim", "CronJob"] * 2
    assert len({each["metadata"]["name"] for each in manifests}) == 2
    pods = [each["spec"]["jobTemplate"]["spec"]["template"]["spec"] for each in manifests[1::2]]
    [ada, ben] = [pod["containers"][0] for pod in pods]
    assert ada["env"][1]["valueFrom"]["secretKeyRef"]["name"] == "coda-ada"
    assert ben["command"][3:] == ["https://git.example.org/ben/mirror.git", "/data/mirror"]
    assert ben["args"] == ["sync", "-o", "/data/mirror", "--push"]
    assert len({pod["volumes"][0]["persistentVolumeClaim"]["claimName"] for pod in pods}) == 2


@pytest.mark.thinned(3)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", ["token", "name", "remote", "unknown"])
def test_what_is_shaped_like_a_token_is_refused_and_never_shown(kind: str, key: str, tmp_path: Path) -> None:
    path = accounts(kind, tmp_path, "ada")
    value = f"https://x:{TOKEN}@git.example.org/a/b" if key == "remote" else TOKEN
    kept = [line for line in path.read_text().splitlines() if not line.startswith(f"{key} =")]
    path.write_text("\n".join([*kept, f'{key} = "{value}"\n']))
    answer = run("schedule", kind, "--accounts", str(path), "--to", "files", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert TOKEN not in answer.stderr
    assert not (tmp_path / "files").exists()


@pytest.mark.parametrize(
    "token", [TOKEN.replace("-", ""), TOKEN.upper(), "ghp_16C7e42F292c6912E7710c838347Ae178B4a", f"x{TOKEN}"]
)
def test_tokens_of_other_shapes_are_seen_too(token: str, tmp_path: Path) -> None:
    path = accounts("github-actions", tmp_path, "ada")
    path.write_text(path.read_text().replace("CODA_ada", token))
    answer = run("schedule", "github-actions", "--accounts", str(path), cwd=tmp_path)
    assert (answer.returncode, token in answer.stderr) == (2, False)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("cron", ""),
        ("cron", "account = 3"),
        ("cron", "[[account]]\nname = 3"),
        ("cron", "[[account"),
        ("cron", '[[account]]\nname = "a"\nremote = "x/y"'),
        ("cron", '[[account]]\nname = "a b"\nfolder = "x"'),
        ("cron", '[[account]]\nname = "a"\nfolder = "x\\ny"'),
        ("cron", '[[account]]\nname = "a"\nfolder = "x"\n[[account]]\nname = "A"\nfolder = "y"'),
        ("cron", '[[account]]\nname = "a"\nfolder = "x"\n[[account]]\nname = "b"\nfolder = "./x"'),
        ("cron", 'more = 1\n[[account]]\nname = "a"\nfolder = "x"'),
        ("github-actions", '[[account]]\nname = "a"\nfolder = "x"\ntoken = "T"'),
        ("github-actions", '[[account]]\nname = "a"\nremote = "x/y"'),
        ("github-actions", '[[account]]\nname = "a"\nremote = "https://gitlab.com/x/y"\ntoken = "T"'),
        ("github-actions", '[[account]]\nname = "a"\nremote = "x/y"\ntoken = "not a name"'),
        ("github-actions", '[[account]]\nname = "a"\nremote = "x/y"\ntoken = "GITHUB_TOKEN"'),
        ("gitlab-ci", '[[account]]\nname = "a"\nremote = "x/$(id)"\ntoken = "T"'),
        ("kubernetes", '[[account]]\nname = "a"\nremote = "x/y"\ntoken = "t"'),
        ("kubernetes", '[[account]]\nname = "a"\nfolder = "x"\ntoken = "Capitals"'),
        ("kubernetes", '[[account]]\nname = "a"\ntoken = "t"'),
    ],
)
def test_a_file_that_says_too_little_or_too_much_is_wrong_usage(kind: str, content: str, tmp_path: Path) -> None:
    (tmp_path / "accounts.toml").write_text(content)
    answer = run("schedule", kind, "--accounts", "accounts.toml", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, ""), answer.stderr
    assert answer.stderr.startswith("Error: ")


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    for kind in ("cron", *ELSEWHERE):
        assert run("schedule", kind, "--accounts", "none.toml", cwd=tmp_path).returncode == 2


def test_each_account_is_installed_shown_and_removed(tmp_path: Path) -> None:
    environment = fake_programs(tmp_path / "fakes")
    both = ("--accounts", str(accounts("cron", tmp_path, "ada", "ben")))
    one = ("-o", "ben-mirror")
    with cron_daemon(tmp_path):

        def code(*arguments: str) -> int:
            return run("schedule", "cron", *arguments, cwd=tmp_path, **environment).returncode

        assert code(*both, "--install") == 0
        assert code(*both, "--status") == 0
        assert code(*one, "--remove") == 0
        assert code(*both, "--status") == 3
        assert code(*both, "--remove") == 0
    assert not (tmp_path / "fakes" / "state" / "crontab").exists()
