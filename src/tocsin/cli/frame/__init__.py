"""What every command rests on: its words, its answer on the screen, whose seat it is given from and
for whose eyes, the files that people name. No subject is known here."""
