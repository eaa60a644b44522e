"""A provincial card management system that speaks the Henan dialect, with invented people.

`python -m simulators province` starts it; `server.ProvinceServer` starts it inside a test.
It has its own tables and rules and shares nothing with the gateway that it answers.

Source: docs/explanations/dialect-henan.md.
"""
