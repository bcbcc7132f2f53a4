"""Actions are decided: registry, policies, approvals, control."""
