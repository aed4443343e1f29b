"""Other people's servers, told what happened: registered, owed, sent to checked addresses."""
