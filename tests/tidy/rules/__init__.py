# SPDX-License-Identifier: MIT
"""Every rule by its name."""

from . import boundary, documents, files, includes, registration, text

RULES = {
    rule.name: rule
    for module in (includes, boundary, text, files, documents, registration)
    for rule in module.RULES
}
