"""Several server processes behind one port: who starts them, what each is given, and their figures as one."""
