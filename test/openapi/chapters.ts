/** The chapters of the document, in three parts that are tested side by side. */
export const chapters = {
  customers: /^(Customers|Customer tokens|Addresses|Access tokens)$/,
  orders: /^(Orders|Application keys|Store settings|Service)$/,
  singleSignOn: /^Single sign-on/,
};
