"""Known ways in which people ask a model to break its rules, as expressions that RE2 reads.

They find who copies known phrasings, in English, German and Spanish; a rewording passes.
"""

from __future__ import annotations

USUAL_PATTERNS = (
    r"(?i)\b(ignore|disregard|forget|override|bypass)\b.{0,40}\b(previous|prior|above|earlier|"
    r"preceding|all|your|any)\b.{0,40}\b(instruction|rule|prompt|direction|guideline|polic|"
    r"restriction|command|context)",
    r"(?i)\b(system|hidden|initial|original|secret)\s+(prompt|instructions?|message)\b",
    r"(?i)\b(reveal|print|repeat|show|output|leak|tell me)\b.{0,40}\byour\b.{0,20}\b(prompt|"
    r"instructions?|rules|configuration)\b",
    r"(?i)\b(you are|act|behave|respond|pretend)\b.{0,40}\b(no longer|not bound|without any|free "
    r"of|unrestricted|unfiltered|uncensored|jailbroken)\b",
    r"(?i)\b(developer|debug|admin|god|sudo|jailbreak|dan)\s+mode\b",
    r"(?i)\bdo anything now\b|\bjailbreak\b",
    r"(?i)<\|?/?(system|im_start|im_end|endoftext)\|?>|\[/?INST\]|###\s*(system|instruction)",
    r"(?i)\b(from now on|new instructions?)\b.{0,40}\b(you (must|will|shall|are)|answer)\b",
    r"(?i)\b(ignoriere|vergiss|missachte)\b.{0,60}\b(anweisung|regel|vorgabe|vorherig)",
    r"(?i)\b(ignora|olvida|omite)\b.{0,60}\b(instrucci|regla|anterior)",
)
"""Ways in which people ask a model to break its rules, in English, German and Spanish."""
