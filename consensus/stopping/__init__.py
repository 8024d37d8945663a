"""When a task has enough answers: a skill posterior, made honest, and what more answers buy."""

from consensus.stopping.rule import (
    GAIN_MIN,
    NAME,
    NO_INSIGHT,
    SKILL_MAX,
    Insight,
    SkillEvidence,
    StoppingSettings,
    bounded,
    skill_posterior,
    stopped,
)

__all__ = [
    "GAIN_MIN",
    "NAME",
    "NO_INSIGHT",
    "SKILL_MAX",
    "Insight",
    "SkillEvidence",
    "StoppingSettings",
    "bounded",
    "skill_posterior",
    "stopped",
]
