"""The record itself: read as a timeline, verified, cosigned by witnesses, packed for strangers,
copied and put back; and the key that signs it."""
