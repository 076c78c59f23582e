"""May this be made? Contracts, offers, the decision, licences, approvals and revocation."""
