"""A client of the station's API: typed, made from its OpenAPI document.

with httpx.Client(base_url="http://127.0.0.1:8470", headers={"Authorization": "Bearer ..."}) as http:
    station = StationClient(http, pause=time.sleep)
    order = station.create_order({"id_number": number, "reason": "replacement"})
    station.run_order(order["id"], {"approved": False}, wait=60)
"""  # noqa: E501 - an example

from station.client.calling import AnswerError, NoAnswerError
from station.client.operations import Operations as StationClient

__all__ = ["AnswerError", "NoAnswerError", "StationClient"]
