print("collabdict")
