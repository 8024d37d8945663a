"""Pure numbers about answers: kinds, agreement, truth inference, skill, stopping."""
