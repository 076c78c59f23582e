"""Who acts and who is paid: organisations, people with roles, keys, and parties whose details can be erased.

Two kinds of "who" are kept apart. A *person* signs in and acts in an organisation under roles. A *party* holds rights
and is paid; records that are written once know it by a pseudonym only. What is personal about either lies in erasable
tables, tied to the lasting records by a salted commitment: erasing deletes the details and the salt, and every hash,
signature and proof over the lasting records stays valid.
"""
