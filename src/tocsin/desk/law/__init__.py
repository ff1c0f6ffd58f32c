"""What the law asks about an incident: reckoned anew from the facts, barring what must wait;
notices are drafted, agreed to and recorded as sent for the approved bytes alone."""
