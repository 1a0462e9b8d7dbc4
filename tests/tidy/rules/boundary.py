# SPDX-License-Identifier: MIT
"""Who may call into a project, and through whom a project calls."""

import re

from rule import Rule
from tree import CPP

HOME = "host/worker/boundary.cpp"
HOOKS = "load|unload|context_create|context_destroy|global_service|connection|message|disconnection|stop"

# A hook of the table, a procedure's function, the library's entry.
CALLS = re.compile(
    rf"\btable(\.|->)({HOOKS})\b"
    r"|procedure(\.|->)run\b"
    r"|\bberth_project_v1\s*\("
    r"|\(\*\*?\s*entry\)\s*\(|\bentry\s*\(\s*\)")


def one_caller(tree):
    paths = [path for path in tree.files(*CPP, under="host") if path != HOME]
    return tree.grep(CALLS, paths, lambda match: f"{match[0].strip()}: only {HOME} may call into a project")


RULES = [
    Rule(
        name="boundary",
        claim="One file calls into projects.",
        check=one_caller,
        good={HOME: "const auto hook = manifest.table.message;\nitem.procedure->run(globals);\nreturn entry();\n",
              "host/worker/events.cpp": "boundary.message(executor, context);\nloop_->run();\nauto t = Boundary::enter(*entry);\n"},
        bad={"host/worker/events.cpp": "table.message(globals);\n\nitem.procedure->run(globals);\n",
             "host/worker/library.cpp": "auto p = (*entry)();\n",
             "host/worker/loading.cpp": "manifest.table.load(host, &project);\n"},
        expected=["host/worker/events.cpp:1", "host/worker/events.cpp:3", "host/worker/library.cpp:1",
                  "host/worker/loading.cpp:1"],
    ),
]
