import type { DevelopmentCredentials } from './development-files.js';

const PLACE = `"first_name":"Ann","last_name":"Example","line_1":"1 Long Road","city":"Town","county":"Shire","region":"","postcode":"ZZ1 1ZZ","country":"GB"`;

/**
 * The main job as a shell script that runs as it stands, in bash and zsh, with curl and nothing else: a customer registers, logs
 * in and saves an address, a back end records an order, the customer reads both.
 */
export function curlStory({ base_url, client_id, client_secret }: DevelopmentCredentials): string {
  return `GATEHOUSE=${quoted(base_url)}
CLIENT_ID=${quoted(client_id)}
CLIENT_SECRET=${quoted(client_secret)}
pick() { grep -o "\\"$1\\":\\"[^\\"]*\\"" | head -n 1 | cut -d '"' -f 4; }

SHOP=$(curl -sS "$GATEHOUSE/oauth/access_token" -d grant_type=implicit -d "client_id=$CLIENT_ID" | pick access_token)
BACK_END=$(curl -sS "$GATEHOUSE/oauth/access_token" -d grant_type=client_credentials \\
  -d "client_id=$CLIENT_ID" --data-urlencode "client_secret=$CLIENT_SECRET" | pick access_token)

EMAIL="ann+$(date +%s)$RANDOM@example.com"
CUSTOMER_ID=$(curl -sS "$GATEHOUSE/v2/customers" -H "Authorization: Bearer $SHOP" -H 'Content-Type: application/json' \\
  -d '{"data":{"type":"customer","name":"Ann Example","email":"'"$EMAIL"'","password":"correct horse battery"}}' | pick id)
CUSTOMER_TOKEN=$(curl -sS "$GATEHOUSE/v2/customers/tokens" -H "Authorization: Bearer $SHOP" -H 'Content-Type: application/json' \\
  -d '{"data":{"type":"token","email":"'"$EMAIL"'","password":"correct horse battery"}}' | pick token)

curl -sS "$GATEHOUSE/v2/customers/$CUSTOMER_ID/addresses" -H "Authorization: Bearer $SHOP" \\
  -H "X-Moltin-Customer-Token: $CUSTOMER_TOKEN" -H 'Content-Type: application/json' \\
  -d '{"data":{"type":"address","name":"Home",${PLACE}}}'; echo
curl -sS "$GATEHOUSE/v2/orders" -H "Authorization: Bearer $BACK_END" -H 'Content-Type: application/json' \\
  -d '{"data":{"type":"order","customer":{"id":"'"$CUSTOMER_ID"'"},"shipping_address":{${PLACE}},
       "billing_address":{${PLACE}},
       "included":{"items":[{"type":"order_item","name":"Gas Range","sku":"GR-1","quantity":1,
         "unit_price":{"amount":350000,"currency":"USD","includes_tax":false}}]}}}'; echo

curl -sS "$GATEHOUSE/v2/customers/$CUSTOMER_ID" -H "Authorization: Bearer $SHOP" -H "X-Moltin-Customer-Token: $CUSTOMER_TOKEN"; echo
curl -sS "$GATEHOUSE/v2/customers/$CUSTOMER_ID/addresses" -H "Authorization: Bearer $SHOP" -H "X-Moltin-Customer-Token: $CUSTOMER_TOKEN"; echo
curl -sS "$GATEHOUSE/v2/orders?include=items" -H "Authorization: Bearer $SHOP" -H "X-Moltin-Customer-Token: $CUSTOMER_TOKEN"; echo`;
}

/** One word of a POSIX shell, whatever the text holds. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
