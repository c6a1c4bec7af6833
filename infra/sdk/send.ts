// Sends a message with the generated client: a person, a template, then the message.

import { communicationTemplatesCreate, communicationsSend, peopleUpsert } from "./client/sdk.gen";
import { client } from "./client/client.gen";

declare const process: { argv: string[]; exit(code: number): void };

const [base, key, run] = process.argv.slice(2);
client.setConfig({ baseUrl: base, headers: { "X-API-KEY": key } });

async function main() {
  await peopleUpsert({
    path: { id: `ext-ts-${run}` },
    body: {
      firstName: "Nia",
      timeZone: "America/Chicago",
      contacts: [{ contactType: "email", value: `nia-${run}@example.com` }],
    },
    throwOnError: true,
  });
  await communicationTemplatesCreate({
    body: {
      name: "Thanks",
      template_type: "payment_received",
      channel: "email",
      subject: "Thank you",
      body: "Thank you, {{ borrower.first_name }}.",
      external_id: `ts-${run}`,
    },
    throwOnError: true,
  });
  const { data } = await communicationsSend({
    body: { template_id: `ext-ts-${run}`, borrower_id: `ext-ts-${run}` },
    throwOnError: true,
  });
  console.log(JSON.stringify(data));
}

main().catch((fault) => {
  console.error(fault);
  process.exit(1);
});
