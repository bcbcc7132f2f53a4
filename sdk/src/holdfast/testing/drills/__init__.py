"""The incidents Holdfast must make impossible, as programs: each with its damage, without and with Holdfast.

Every drill plays a real framework agent over real HTTP against the scripted provider, once as it is and once
governed, each half in a process of its own. docs/guides/drills.md tells them one by one.
"""
