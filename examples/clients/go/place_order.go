// Places an order, ships it, and reads a typed problem, by a client that is generated.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

func client(token string) *ClientWithResponses {
	authorize := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
	made, err := NewClientWithResponses(os.Getenv("API"), WithRequestEditorFn(authorize))
	if err != nil {
		log.Fatal(err)
	}
	return made
}

func basket(productID string, quantity int) PlaceOrder {
	body := PlaceOrder{
		PaymentMethod: PlaceOrderPaymentMethodPaypal,
		ShippingAddress: Address{
			Street: "Calle Mayor 1", City: "Madrid", State: "Madrid", PostalCode: "28013", Country: ES,
		},
	}
	body.Items = append(body.Items, struct {
		ProductId string `json:"productId"`
		Quantity  int    `json:"quantity"`
	}{productID, quantity})
	return body
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	customer, admin := client(os.Getenv("TOKEN")), client(os.Getenv("ADMIN_TOKEN"))

	key, prefer := fmt.Sprintf("go-%d", time.Now().UnixNano()), "wait=10"
	params := &PlaceOrderParams{IdempotencyKey: &key, Prefer: &prefer}
	placed, err := customer.PlaceOrderWithResponse(ctx, params, basket("P-1001", 2))
	if err != nil || placed.JSON201 == nil {
		log.Fatal(err, placed)
	}
	orderID := placed.JSON201.OrderId

	var status ChangeStatus
	carrier := "Correos"
	if err := status.FromMarkShipped(MarkShipped{Status: MarkShippedStatusENVIADO, Carrier: &carrier}); err != nil {
		log.Fatal(err)
	}
	shipped, err := admin.ChangeOrderStatusWithResponse(ctx, orderID, nil, status)
	if err != nil || shipped.JSON200 == nil {
		log.Fatal(err, shipped)
	}

	soldOut, err := customer.PlaceOrderWithResponse(ctx, &PlaceOrderParams{}, basket("P-1013", 1))
	if err != nil || soldOut.ApplicationproblemJSON409 == nil {
		log.Fatal(err, soldOut)
	}
	problem := soldOut.ApplicationproblemJSON409
	if problem.Code != ProblemCodeInsufficientStock {
		log.Fatal(problem.Code)
	}
	fmt.Println(orderID, shipped.JSON200.Status, problem.Code, placed.JSON201.Total.Amount)
}
