"""Print the guide's rules as a table in Markdown."""

from tests.guide.rules import RULES

print("| guide, line or sentence | what it asks for | where it lives | what proves it |")
print("|---|---|---|---|")
for rule in RULES:
    lines = ", ".join(map(str, rule.lines))
    lives = " · ".join(f"`{each.removeprefix('benchctl.')}`" for each in rule.lives)
    print(f"| {lines} | {rule.says} | {lives} | {' · '.join(f'`{each}`' for each in rule.tests)} |")
