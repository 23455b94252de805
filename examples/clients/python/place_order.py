"""Places an order, ships it, and reads a typed problem, by a client that is generated."""

import os
import uuid

from orders_api import AuthenticatedClient
from orders_api.api.administration import change_order_status
from orders_api.api.orders import place_order
from orders_api.models import (
    Address,
    AddressCountry,
    MarkShipped,
    MarkShippedStatus,
    Order,
    PlaceOrder,
    PlaceOrderItemsItem,
    PlaceOrderPaymentMethod,
    Problem,
    ProblemCode,
)

api = os.environ["API"]
customer = AuthenticatedClient(base_url=api, token=os.environ["TOKEN"])
admin = AuthenticatedClient(base_url=api, token=os.environ["ADMIN_TOKEN"])


def basket(product_id: str, quantity: int) -> PlaceOrder:
    return PlaceOrder(
        items=[PlaceOrderItemsItem(product_id=product_id, quantity=quantity)],
        shipping_address=Address(
            street="Calle Mayor 1",
            city="Madrid",
            state="Madrid",
            postal_code="28013",
            country=AddressCountry.ES,
        ),
        payment_method=PlaceOrderPaymentMethod.PAYPAL,
    )


placed = place_order.sync(
    client=customer,
    body=basket("P-1001", 2),
    idempotency_key=str(uuid.uuid4()),
    prefer="wait=10",
)
assert isinstance(placed, Order), placed
shipped = change_order_status.sync(
    placed.order_id,
    client=admin,
    body=MarkShipped(status=MarkShippedStatus.ENVIADO, carrier="Correos"),
)
assert isinstance(shipped, Order), shipped

sold_out = place_order.sync(client=customer, body=basket("P-1013", 1))
assert isinstance(sold_out, Problem), sold_out
assert sold_out.code == ProblemCode.INSUFFICIENT_STOCK
print(placed.order_id, shipped.status.value, sold_out.code.value, placed.total.amount)
