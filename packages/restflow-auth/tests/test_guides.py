"""Each question has its guide, and the threat model names what there is. The pages' blocks run with all others."""

import re
from pathlib import Path

from restflow.authentication.settings import JWTSettings

PACKAGE = Path(__file__).parent.parent
GUIDES = PACKAGE.parent.parent / "docs/guides/auth"
PAGES = {page.name: page for page in (PACKAGE / "README.md", *sorted(GUIDES.glob("*.md")))}
SUBJECTS = {
    *("set-up.md", "move-from-drf-restflow.md", "move-from-simplejwt.md", "browsers-and-apps.md", "rotate-keys.md"),
    *("second-service.md", "log-out-everywhere.md", "custom-claims.md", "own-store.md", "second-factor.md"),
    *("access-policy.md", "use-tokens.md"),
}


def test_each_question_has_its_guide():
    assert set(PAGES) == {"README.md", *SUBJECTS}


def test_the_threat_model_names_what_there_is():
    text = (PACKAGE / "THREATS.md").read_text()
    tests = set(re.findall(r"`(test_\w+)`", text))
    assert len(tests) > 8
    assert tests <= {path.stem for path in (PACKAGE / "tests").glob("test_*.py")}
    named = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
    assert named <= set(JWTSettings()._keys)
