"""Plans that the tests of runs carry out."""

from __future__ import annotations

STOP = """
plan: stop
version: 1
title: Stop it
steps:
  off: {act: switch, target: assistant, wanted: off, undo: on, attempts_max: 3,
        on_failure: lost, next: done}
  done: {end: completed}
  lost: {end: failed}
"""
LONG = """
plan: long
version: 1
title: All that can happen
steps:
  both: {parallel: [off, watch], next: check, on_failure: lost}
  off: {act: switch, target: assistant, wanted: off, next: join}
  watch: {wait: 72h, next: tell}
  tell: {act: page, target: duty, wanted: told, next: join}
  check: {probe: eye, target: assistant, wanted: off, next: ask, on_not_shown: lost}
  ask: {ask: Is it over, role: commander, choices: {yes: done, no: lost}, limit: 1d, on_limit: yes}
  done: {end: completed}
  lost: {end: failed}
"""
LOOP = """
plan: loop
version: 1
title: Try again and again
steps:
  off: {act: switch, target: assistant, wanted: off, next: check}
  check: {probe: eye, target: assistant, wanted: off, next: done, on_not_shown: rest}
  rest: {wait: 5m, next: off, rounds_max: 2, on_rounds_max: lost}
  done: {end: completed}
  lost: {end: failed}
"""
