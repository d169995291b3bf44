"""What runs in the engines' own virtual environment, with torch. No Django process imports anything from here."""
