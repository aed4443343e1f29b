BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0010');
CREATE TABLE artifacts (
	sha256 VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_artifacts PRIMARY KEY (sha256)
);
INSERT INTO "artifacts" VALUES('2932299c2724e3597dd2f1695aac2634bde8d1be5c39272fc152c4e271480648',28496,'2026-11-25 20:26:37.389927');
INSERT INTO "artifacts" VALUES('9a4dd27b6fab8824521ab36b0c14f48421b58e47dd2210152bf383ac93f45fbf',30448,'2026-11-25 20:26:37.418799');
INSERT INTO "artifacts" VALUES('b529eaf781758278a46b4f48e4af819b8cc3df3943ff184691bd5935dd4f5877',26920,'2026-11-25 20:26:37.932146');
INSERT INTO "artifacts" VALUES('0031abd9e5968d88cf01990c3e1fd27fd785e99197ebb89d9890cb1aafdf481b',28582,'2026-11-25 20:26:37.966734');
INSERT INTO "artifacts" VALUES('a842b3bfc1ea341d87baa3feb0eb9a93af068ca80aafd6b8685d787b185342b9',60008,'2026-11-25 20:26:38.453460');
INSERT INTO "artifacts" VALUES('6802dce77f688d9dfda5890c3f66a2ad58984477cbba7eed91c35d705fa0b34a',61061,'2026-11-25 20:26:38.513434');
INSERT INTO "artifacts" VALUES('4246a147abd2ec365488226288a85ecc57dc4a91232346f8a42ebad216cb09c1',29128,'2026-11-25 20:26:51.608294');
INSERT INTO "artifacts" VALUES('61841d2eb816286c1ec946dea000bdfcf12055ea41357ffa78bbbe92a4c1aad2',30830,'2026-11-25 20:26:51.640396');
INSERT INTO "artifacts" VALUES('fb38d09894210d4f80ed7febfe1e8a64fa58b6feed812c6d35779454bf5642e1',26480,'2026-11-25 20:26:52.191477');
INSERT INTO "artifacts" VALUES('308953ffc6232af831c9f596fe0a648b4f09d3144b7c1ae244a9034e8e15e7bb',28640,'2026-11-25 20:26:52.230812');
INSERT INTO "artifacts" VALUES('fb62452c44c058f847ce85fc0939fc7343db3e246e4186f88c60528d8aa8f637',48168,'2026-11-25 20:26:52.818748');
INSERT INTO "artifacts" VALUES('0156ec652c97c9d001a9464fd6ef6401154ac0937111e6408d86bfa8ae31914a',49495,'2026-11-25 20:26:52.857521');
INSERT INTO "artifacts" VALUES('d4a5a524bd4473c0e46b9e64ca92b541db781105367c1c2ccd91dd0919e5ee76',16320,'2026-11-25 20:26:53.430913');
INSERT INTO "artifacts" VALUES('38b2311553dbd4b26dcb216a7c21470ba52a334c753ec20b8624cb10a2200d6f',18123,'2026-11-25 20:26:53.461620');
INSERT INTO "artifacts" VALUES('f316954f01bde40ea0a1f8f6f56b1bab85ee0a012207b0d3a263059db6502838',206068,'2026-11-25 20:26:53.897936');
CREATE TABLE audit (
	id VARCHAR(40) NOT NULL, 
	at DATETIME NOT NULL, 
	team VARCHAR(100) NOT NULL, 
	actor VARCHAR(100) NOT NULL, 
	token_id VARCHAR(40) NOT NULL, 
	action VARCHAR(40) NOT NULL, 
	object VARCHAR(200) NOT NULL, 
	body JSON NOT NULL, 
	request_id VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES('aud_01a214633e6d7bba9255ea1dd93fd7dd','2026-11-25 20:26:18.093733','vision','admin','tok_01a214633d56728b935f8f04ff1c99f1','team.create','vision','{}','req_0a950d8da33b4e8bb9d8bc5d');
INSERT INTO "audit" VALUES('aud_01a214633e9976839fa01f2efe2779aa','2026-11-25 20:26:18.137407','default','admin','tok_01a214633d56728b935f8f04ff1c99f1','token.create','tok_01a214633e997683a084adc258668cca','{"name": "Ada", "role": "editor", "expires_at": null, "member": null, "scopes": null}','req_d35113d55c9862338839a865');
INSERT INTO "audit" VALUES('aud_01a214633edf757093b82142497d0e16','2026-11-25 20:26:18.207340','default','admin','tok_01a214633d56728b935f8f04ff1c99f1','token.create','tok_01a214633edf7570bd6a1f54395e6bd5','{"name": "Bob", "role": "editor", "expires_at": null, "member": null, "scopes": null}','req_d89125762a168c559a8d9643');
INSERT INTO "audit" VALUES('aud_01a214633f1f786285777c707b738cbf','2026-11-25 20:26:18.271524','default','admin','tok_01a214633d56728b935f8f04ff1c99f1','token.revoke','tok_01a214633edf7570bd6a1f54395e6bd5','{"name": "Bob", "role": "editor"}','req_049778afbe94213b9021950e');
INSERT INTO "audit" VALUES('aud_01a214633f5e7cc49b1ad6bb6b0d1427','2026-11-25 20:26:18.334798','default','admin','tok_01a214633d56728b935f8f04ff1c99f1','job.post','job_01a214633f5e7cc49e55cba9fa8d2841','{"name": "a job", "priority": 2, "trials": 3}','req_3a9851e07857b3803d4ec792');
INSERT INTO "audit" VALUES('aud_01a214638f8d717cb086bafafb47ce28','2026-11-25 20:26:38.861093','default','admin','tok_01a214633d56728b935f8f04ff1c99f1','job.post','job_01a214638f8d717cb7b08cfd5c595d20','{"name": "a job", "priority": 0, "trials": 5}','req_baeb4b66bc962fd78ab94468');
INSERT INTO "audit" VALUES('aud_01a214638fd377029d567ac2571f0fc3','2026-11-25 20:26:38.931438','default','admin','tok_01a214633d56728b935f8f04ff1c99f1','job.cancel','job_01a214638f8d717cb7b08cfd5c595d20','{"name": "a job"}','req_b8a5c090cd51f0273a0e3f0f');
INSERT INTO "audit" VALUES('aud_01a21463904774b4a7e731c5b106f357','2026-11-25 20:26:39.047294','default','admin','tok_01a214633d56728b935f8f04ff1c99f1','job.post','job_01a21463904774b4addc8012269e984d','{"name": "a job", "priority": 0, "trials": 60}','req_1a87faea79b3dd3d9454ef24');
CREATE TABLE copies (
	id VARCHAR(40) NOT NULL, 
	seen_at DATETIME NOT NULL, 
	rescue_from DATETIME NOT NULL, 
	CONSTRAINT pk_copies PRIMARY KEY (id)
);
CREATE TABLE dispatchers (
	id VARCHAR(64) NOT NULL, 
	cluster VARCHAR(200) NOT NULL, 
	nodes JSON NOT NULL, 
	datasets JSON NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_dispatchers PRIMARY KEY (id)
);
INSERT INTO "dispatchers" VALUES('8cba3220-09dc-4466-a66a-e9d623407315','local:f386feb4-da9d-49d4-947d-cd137f34ddfc','[{"cpus": 2.0, "gpus": 0.0}]','[{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}]','2026-11-25 20:26:52.811918');
CREATE TABLE events (
	job_id VARCHAR(40) NOT NULL, 
	sequence INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	body JSON NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (job_id, sequence), 
	CONSTRAINT fk_events_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:26:18.334798');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',2,'job.state','{"state": "starting", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:26:25.989471');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',3,'job.state','{"state": "running", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:26:29.718281');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',4,'trial.state','{"number": 0, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:26:30.422758');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',5,'trial.state','{"number": 0, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:26:33.588116');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',6,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 1, "accuracy": 0.5277777777777778, "loss": 1.7007009718153212, "seconds": 0.12413747400569264, "checkpoint": null}','2026-11-25 20:26:37.261017');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',7,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 2, "accuracy": 0.8263888888888888, "loss": 0.8494129710727267, "seconds": 0.10380217900092248, "checkpoint": null}','2026-11-25 20:26:37.441407');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',8,'trial.state','{"number": 0, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.024676999601069838, "accuracy": 0.8263888888888888}}','2026-11-25 20:26:37.441407');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',9,'trial.state','{"number": 1, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:26:37.441407');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',10,'front.changed','{"revision": 1, "trials_finished": 1, "hypervolume": 35087.75684537653, "front_size": 1}','2026-11-25 20:26:37.441407');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',11,'trial.state','{"number": 1, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:26:37.493391');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',12,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 1, "accuracy": 0.2361111111111111, "loss": 2.259471469455295, "seconds": 0.15317448999849148, "checkpoint": null}','2026-11-25 20:26:37.783539');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',13,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 2, "accuracy": 0.3888888888888889, "loss": 2.181300269232856, "seconds": 0.15955381200183183, "checkpoint": null}','2026-11-25 20:26:37.980529');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',14,'trial.state','{"number": 1, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.022483000066131353, "accuracy": 0.3888888888888889}}','2026-11-25 20:26:37.980529');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',15,'trial.state','{"number": 2, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:26:37.980529');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',16,'front.changed','{"revision": 2, "trials_finished": 2, "hypervolume": 35301.51357540731, "front_size": 2}','2026-11-25 20:26:37.980529');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',17,'trial.state','{"number": 2, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:26:38.025752');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',18,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 1, "accuracy": 0.3125, "loss": 1.782803429497613, "seconds": 0.1571560660013347, "checkpoint": null}','2026-11-25 20:26:38.343002');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',19,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 2, "accuracy": 0.7569444444444444, "loss": 0.9248349931504991, "seconds": 0.14647740699729184, "checkpoint": null}','2026-11-25 20:26:38.550112');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',20,'trial.state','{"number": 2, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.0285319983959198, "accuracy": 0.7569444444444444}}','2026-11-25 20:26:38.550112');
INSERT INTO "events" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',21,'job.state','{"state": "succeeded", "reason": "budget_spent", "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:26:38.580250');
INSERT INTO "events" VALUES('job_01a214638f8d717cb7b08cfd5c595d20',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:26:38.861093');
INSERT INTO "events" VALUES('job_01a214638f8d717cb7b08cfd5c595d20',2,'job.state','{"state": "cancelled", "reason": "cancelled", "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:26:38.931438');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',1,'job.state','{"state": "queued", "reason": null, "detail": null, "desired": "run", "epoch": 0}','2026-11-25 20:26:39.047294');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',2,'job.state','{"state": "starting", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:26:39.823970');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',3,'job.state','{"state": "running", "reason": null, "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:26:43.329172');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',4,'trial.state','{"number": 0, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:26:44.132356');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',5,'trial.state','{"number": 0, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:26:47.808744');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',6,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 1, "accuracy": 0.5902777777777778, "loss": 1.2265045377943251, "seconds": 0.14038559199980227, "checkpoint": null}','2026-11-25 20:26:51.354680');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',7,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 2, "accuracy": 0.8888888888888888, "loss": 0.3925865756140815, "seconds": 0.13198966000345536, "checkpoint": null}','2026-11-25 20:26:51.594888');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',8,'trial.report','{"number": 0, "attempt": 1, "training_epoch": 3, "accuracy": 0.9583333333333334, "loss": 0.23855723275078666, "seconds": 0.113448721000168, "checkpoint": null}','2026-11-25 20:26:51.652441');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',9,'trial.state','{"number": 0, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.024726999981794506, "accuracy": 0.9583333333333334}}','2026-11-25 20:26:51.652441');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',10,'trial.state','{"number": 1, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:26:51.652441');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',11,'front.changed','{"revision": 1, "trials_finished": 1, "hypervolume": 40293.38396618374, "front_size": 1}','2026-11-25 20:26:51.652441');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',12,'trial.state','{"number": 1, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:26:51.713469');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',13,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 1, "accuracy": 0.4375, "loss": 2.1041261884901257, "seconds": 0.1253521050020936, "checkpoint": null}','2026-11-25 20:26:52.221080');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',14,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 2, "accuracy": 0.5694444444444444, "loss": 1.5114669799804688, "seconds": 0.11538551300327526, "checkpoint": null}','2026-11-25 20:26:52.221080');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',15,'trial.report','{"number": 1, "attempt": 1, "training_epoch": 3, "accuracy": 0.625, "loss": 1.31561099158393, "seconds": 0.11351774299691897, "checkpoint": null}','2026-11-25 20:26:52.241273');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',16,'trial.state','{"number": 1, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.021431005734484643, "accuracy": 0.625}}','2026-11-25 20:26:52.241273');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',17,'trial.state','{"number": 2, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:26:52.241273');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',18,'front.changed','{"revision": 2, "trials_finished": 2, "hypervolume": 41154.002041327854, "front_size": 2}','2026-11-25 20:26:52.241273');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',19,'trial.state','{"number": 2, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:26:52.389168');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',20,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 1, "accuracy": 0.24305555555555555, "loss": 2.51825311448839, "seconds": 0.13518433799617924, "checkpoint": null}','2026-11-25 20:26:52.842924');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',21,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 2, "accuracy": 0.3958333333333333, "loss": 2.708530214097765, "seconds": 0.12971505599853117, "checkpoint": null}','2026-11-25 20:26:52.842924');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',22,'trial.report','{"number": 2, "attempt": 1, "training_epoch": 3, "accuracy": 0.7986111111111112, "loss": 0.5311130417717828, "seconds": 0.13277206999919144, "checkpoint": null}','2026-11-25 20:26:52.876002');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',23,'trial.state','{"number": 2, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 10000.0, "macs": 206256.0, "size_bytes": 40000.0, "latency_ms": 0.03148700488964096, "accuracy": 0.7986111111111112}}','2026-11-25 20:26:52.876002');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',24,'trial.state','{"number": 3, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:26:52.876002');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',25,'trial.state','{"number": 3, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:26:52.951675');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',26,'trial.report','{"number": 3, "attempt": 1, "training_epoch": 1, "accuracy": 0.16666666666666666, "loss": 2.2805953555636935, "seconds": 0.12382095400243998, "checkpoint": null}','2026-11-25 20:26:53.214040');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',27,'trial.report','{"number": 3, "attempt": 1, "training_epoch": 2, "accuracy": 0.4375, "loss": 2.1883345709906683, "seconds": 0.12002423399826512, "checkpoint": null}','2026-11-25 20:26:53.329245');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',28,'trial.report','{"number": 3, "attempt": 1, "training_epoch": 3, "accuracy": 0.4791666666666667, "loss": 2.127802742852105, "seconds": 0.12218554900027812, "checkpoint": null}','2026-11-25 20:26:53.478570');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',29,'trial.state','{"number": 3, "state": "complete", "reason": "finished", "attempt": 1, "values": {"params": 2098.0, "macs": 45440.0, "size_bytes": 8392.0, "latency_ms": 0.022874002752359957, "accuracy": 0.4791666666666667}}','2026-11-25 20:26:53.478570');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',30,'trial.state','{"number": 4, "state": "reserved", "reason": null, "attempt": 0, "values": {}}','2026-11-25 20:26:53.478570');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',31,'front.changed','{"revision": 3, "trials_finished": 4, "hypervolume": 42502.16039767221, "front_size": 3}','2026-11-25 20:26:53.478570');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',32,'trial.state','{"number": 4, "state": "running", "reason": null, "attempt": 1, "values": {}}','2026-11-25 20:26:53.544247');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',33,'trial.report','{"number": 4, "attempt": 1, "training_epoch": 1, "accuracy": 0.22916666666666666, "loss": 3.7198092142740884, "seconds": 0.22137639300490264, "checkpoint": "f316954f01bde40ea0a1f8f6f56b1bab85ee0a012207b0d3a263059db6502838"}','2026-11-25 20:26:53.930429');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',34,'trial.state','{"number": 4, "state": "suspended", "reason": "interrupted", "attempt": 1, "values": {"params": 14998.0, "macs": 395008.0, "size_bytes": 59992.0, "latency_ms": 0.029122995329089463, "accuracy": 0.22916666666666666}}','2026-11-25 20:26:53.930429');
INSERT INTO "events" VALUES('job_01a21463904774b4addc8012269e984d',35,'job.state','{"state": "queued", "reason": "interrupted", "detail": null, "desired": "run", "epoch": 1}','2026-11-25 20:26:53.951035');
CREATE TABLE exports (
	model_id VARCHAR(40) NOT NULL, 
	form VARCHAR(16) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	accuracy FLOAT, 
	latency JSON, 
	CONSTRAINT pk_exports PRIMARY KEY (model_id, form), 
	CONSTRAINT fk_exports_model_id FOREIGN KEY(model_id) REFERENCES models (id) ON DELETE CASCADE
);
INSERT INTO "exports" VALUES('mdl_01a214638a017683bf1a557f7574a4df','onnx','9a4dd27b6fab8824521ab36b0c14f48421b58e47dd2210152bf383ac93f45fbf',30448,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a214638c1c787688bcc2bbda794f9f','onnx','0031abd9e5968d88cf01990c3e1fd27fd785e99197ebb89d9890cb1aafdf481b',28582,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a214638e5671ca9d20852d00997c87','onnx','6802dce77f688d9dfda5890c3f66a2ad58984477cbba7eed91c35d705fa0b34a',61061,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a21463c184770eb5e3749dcb90656c','onnx','61841d2eb816286c1ec946dea000bdfcf12055ea41357ffa78bbbe92a4c1aad2',30830,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a21463c3d1745eb708d970914a9a57','onnx','308953ffc6232af831c9f596fe0a648b4f09d3144b7c1ae244a9034e8e15e7bb',28640,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a21463c64c70089482ea1f441595c9','onnx','0156ec652c97c9d001a9464fd6ef6401154ac0937111e6408d86bfa8ae31914a',49495,NULL,NULL);
INSERT INTO "exports" VALUES('mdl_01a21463c8a6791ea20d472d850cee19','onnx','38b2311553dbd4b26dcb216a7c21470ba52a334c753ec20b8624cb10a2200d6f',18123,NULL,NULL);
CREATE TABLE front_revisions (
	job_id VARCHAR(40) NOT NULL, 
	revision INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	trials_finished INTEGER NOT NULL, 
	hypervolume FLOAT NOT NULL, 
	front_size INTEGER NOT NULL, 
	CONSTRAINT pk_front_revisions PRIMARY KEY (job_id, revision), 
	CONSTRAINT fk_front_revisions_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "front_revisions" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',1,'2026-11-25 20:26:37.441407',1,3.5087756845376527053e+04,1);
INSERT INTO "front_revisions" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',2,'2026-11-25 20:26:37.980529',2,3.53015135754073126005e+04,2);
INSERT INTO "front_revisions" VALUES('job_01a21463904774b4addc8012269e984d',1,'2026-11-25 20:26:51.652441',1,4.02933839661837409941e+04,1);
INSERT INTO "front_revisions" VALUES('job_01a21463904774b4addc8012269e984d',2,'2026-11-25 20:26:52.241273',2,4.11540020413278543861e+04,2);
INSERT INTO "front_revisions" VALUES('job_01a21463904774b4addc8012269e984d',3,'2026-11-25 20:26:53.478570',4,4.25021603976722108213e+04,3);
CREATE TABLE idempotency_keys (
	team VARCHAR(100) NOT NULL, 
	"key" VARCHAR(255) NOT NULL, 
	body_sha256 VARCHAR(64) NOT NULL, 
	job_id VARCHAR(40) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_idempotency_keys PRIMARY KEY (team, "key"), 
	CONSTRAINT fk_idempotency_keys_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE, 
	CONSTRAINT fk_idempotency_keys_team FOREIGN KEY(team) REFERENCES teams (name)
);
CREATE TABLE job_tags (
	job_id VARCHAR(40) NOT NULL, 
	"key" VARCHAR(256) NOT NULL, 
	value VARCHAR(256) NOT NULL, 
	CONSTRAINT pk_job_tags PRIMARY KEY (job_id, "key"), 
	CONSTRAINT fk_job_tags_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "job_tags" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841','project','upgrades');
CREATE TABLE jobs (
	id VARCHAR(40) NOT NULL, 
	team VARCHAR(100) NOT NULL, 
	owner VARCHAR(100) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	spec JSON NOT NULL, 
	dataset JSON NOT NULL, 
	reference_point JSON NOT NULL, 
	tags JSON NOT NULL, 
	priority INTEGER NOT NULL, 
	budget_trials INTEGER NOT NULL, 
	wall_clock_seconds FLOAT, 
	state VARCHAR(16) NOT NULL, 
	reason VARCHAR(40), 
	detail TEXT, 
	desired VARCHAR(16) NOT NULL, 
	desired_at DATETIME, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, 
	epoch INTEGER NOT NULL, 
	dispatcher VARCHAR(64), 
	cluster VARCHAR(200), 
	handle VARCHAR(100), 
	runner VARCHAR(200), 
	runner_token_sha256 VARCHAR(64), 
	lease_until DATETIME, 
	running_since DATETIME, 
	wall_clock_used FLOAT NOT NULL, 
	crashes INTEGER NOT NULL, 
	trials_total INTEGER NOT NULL, 
	trials_finished INTEGER NOT NULL, 
	trials_failed INTEGER NOT NULL, 
	trials_pruned INTEGER NOT NULL, 
	events INTEGER NOT NULL, 
	front_revision INTEGER NOT NULL, 
	front_size INTEGER NOT NULL, 
	hypervolume FLOAT NOT NULL, points_waiting INTEGER DEFAULT 0 NOT NULL, slots INTEGER DEFAULT 0 NOT NULL, boost INTEGER DEFAULT 0 NOT NULL, waiting_since DATETIME, stored_bytes BIGINT DEFAULT 0 NOT NULL, dataset_key VARCHAR(100) DEFAULT '' NOT NULL, cpus FLOAT DEFAULT 1 NOT NULL, gpus FLOAT DEFAULT 0 NOT NULL, concurrency INTEGER DEFAULT 1 NOT NULL, extras_total INTEGER DEFAULT 0 NOT NULL, extras_finished INTEGER DEFAULT 0 NOT NULL, extras_left INTEGER DEFAULT 0 NOT NULL, observations INTEGER DEFAULT 0 NOT NULL, observations_dropped INTEGER DEFAULT 0 NOT NULL, trials_rejected INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_jobs PRIMARY KEY (id), 
	CONSTRAINT ck_jobs_desired CHECK (desired IN ('run', 'pause', 'cancel')), 
	CONSTRAINT ck_jobs_state CHECK (state IN ('queued', 'starting', 'running', 'paused', 'succeeded', 'failed', 'cancelled')), 
	CONSTRAINT fk_jobs_team FOREIGN KEY(team) REFERENCES teams (name)
);
INSERT INTO "jobs" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "tpe", "seed": 1, "duplicates": "resample"}, "budget": {"trials": 3, "training_epochs": 2, "wall_clock_seconds": null, "trial_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "baselines": [], "exports": [], "warm_start": [], "known": [], "priority": 2, "tags": {"project": "upgrades"}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{"project": "upgrades"}',2,3,NULL,'succeeded','budget_spent',NULL,'run',NULL,'2026-11-25 20:26:18.334798','2026-11-25 20:26:29.718281','2026-11-25 20:26:38.580250',1,'8cba3220-09dc-4466-a66a-e9d623407315','local:f386feb4-da9d-49d4-947d-cd137f34ddfc','tclsearch-job_01a214633f5e7cc49e55cba9fa8d2841-e1','vm/12769','36b38bd632f097612b5e288993d834f12d468c0b171800bcb4465e9283757b8f',NULL,NULL,8.861969,0,3,3,0,0,21,2,2,3.53015135754073126005e+04,0,0,0,NULL,235515,'digits',1.0,0.0,1,0,0,0,0,0,0);
INSERT INTO "jobs" VALUES('job_01a214638f8d717cb7b08cfd5c595d20','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "tpe", "seed": 0, "duplicates": "resample"}, "budget": {"trials": 5, "training_epochs": 6, "wall_clock_seconds": null, "trial_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "baselines": [], "exports": [], "warm_start": [], "known": [], "priority": 0, "tags": {}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{}',0,5,NULL,'cancelled','cancelled',NULL,'run',NULL,'2026-11-25 20:26:38.861093',NULL,'2026-11-25 20:26:38.931438',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0.0,0,0,0,0,0,2,0,0,0.0,0,0,0,NULL,0,'digits',1.0,0.0,1,0,0,0,0,0,0);
INSERT INTO "jobs" VALUES('job_01a21463904774b4addc8012269e984d','default','admin','a job','{"version": 1, "name": "a job", "dataset": {"name": "digits", "folder": null, "train_size": null, "validation_fraction": 0.1}, "space": {"preset": "tiny", "stem_widths": [8], "stages": [{"blocks": ["residual", "mbconv"], "depths": [1], "widths": [8, 16], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [16, 24], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}, {"blocks": ["residual", "mbconv"], "depths": [1], "widths": [24, 32], "kernels": [3], "expansions": [1, 2], "squeeze_excite": [false, true]}], "head": {"kinds": ["gap", "tcl"], "ranks": {"policy": "searched", "channels": [4, 8, 16, 32], "height": [1, 2, 4], "width": [1, 2, 4], "values": null}}, "training": {"learning_rate": {"low": 0.001, "high": 0.03, "log": true}, "weight_decay": 0.01, "label_smoothing": 0.05, "batch_size": 128}}, "objectives": ["accuracy", "params", "latency_ms"], "constraints": [], "sampler": {"name": "random", "seed": 0, "duplicates": "resample"}, "budget": {"trials": 60, "training_epochs": 3, "wall_clock_seconds": null, "trial_seconds": null}, "early_stopping": {"name": "none"}, "resources": {"cpus": 1, "gpus": 0, "concurrency": 1}, "latency": {"profile": "local-cpu", "runtime": "onnxruntime", "batch_size": 1, "threads": 1}, "retrain": {"models": 0, "training_epochs": 30, "seeds": 1}, "baselines": [], "exports": [], "warm_start": [], "known": [], "priority": 0, "tags": {}}','{"key": "digits", "image": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "train_images": 1437, "test_images": 360}','[0.0, 37229.0, 1.3376160000000001]','{}',0,60,NULL,'queued','interrupted',NULL,'run',NULL,'2026-11-25 20:26:39.047294','2026-11-25 20:26:43.329172',NULL,1,'8cba3220-09dc-4466-a66a-e9d623407315','local:f386feb4-da9d-49d4-947d-cd137f34ddfc','tclsearch-job_01a21463904774b4addc8012269e984d-e1','vm/12998','58d7a3f6cd379fddf2ca3bae1aae58cb1b5fc39771e6c366dd656eae9883ca2c',NULL,NULL,10.621863,0,5,4,0,0,35,3,3,4.25021603976722108213e+04,0,0,0,'2026-11-25 20:26:53.951035',247184,'digits',1.0,0.0,1,0,0,0,0,0,0);
CREATE TABLE latencies (
	architecture_digest VARCHAR(64) NOT NULL, 
	profile VARCHAR(200) NOT NULL, 
	latency JSON NOT NULL, 
	measured_at DATETIME NOT NULL, 
	CONSTRAINT pk_latencies PRIMARY KEY (architecture_digest, profile)
);
INSERT INTO "latencies" VALUES('a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4','local-cpu/onnxruntime/batch1/threads1','{"min": 0.024676999601069838, "median": 0.025376997655257583, "p90": 0.026158995751757175, "runs": 1471, "reference": 0.20136799867032096}','2026-11-25 20:26:35.749547');
INSERT INTO "latencies" VALUES('4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b','local-cpu/onnxruntime/batch1/threads1','{"min": 0.022483000066131353, "median": 0.023044005502015352, "p90": 0.024262702208943665, "runs": 1624, "reference": 0.201810005819425}','2026-11-25 20:26:37.621750');
INSERT INTO "latencies" VALUES('0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266','local-cpu/onnxruntime/batch1/threads1','{"min": 0.0285319983959198, "median": 0.029323997296160087, "p90": 0.030933997186366472, "runs": 1322, "reference": 0.2021589971263893}','2026-11-25 20:26:38.154304');
INSERT INTO "latencies" VALUES('3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be','local-cpu/onnxruntime/batch1/threads1','{"min": 0.024726999981794506, "median": 0.02528799814172089, "p90": 0.026202599110547453, "runs": 1737, "reference": 0.19853399862768129}','2026-11-25 20:26:49.963236');
INSERT INTO "latencies" VALUES('7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824','local-cpu/onnxruntime/batch1/threads1','{"min": 0.021431005734484643, "median": 0.022052001440897584, "p90": 0.02306799724465236, "runs": 1593, "reference": 0.1997760045924224}','2026-11-25 20:26:52.061311');
INSERT INTO "latencies" VALUES('9e7d7a1f4c70b78c3d2926f3abc020ef14fb78846f6030be5de465e3748efd82','local-cpu/onnxruntime/batch1/threads1','{"min": 0.03148700488964096, "median": 0.03227799606975168, "p90": 0.03431899822317064, "runs": 1332, "reference": 0.19997599883936346}','2026-11-25 20:26:52.842924');
INSERT INTO "latencies" VALUES('2d0dcee5403a775875d4f72f9502ab7176bd55da2749ae0418d9d88d3aaba0ec','local-cpu/onnxruntime/batch1/threads1','{"min": 0.022874002752359957, "median": 0.023454995243810117, "p90": 0.02451690161251463, "runs": 1912, "reference": 0.20005700207548216}','2026-11-25 20:26:53.076145');
INSERT INTO "latencies" VALUES('a7a248c8d00d56a7dd53b51e05652a8e32afdf4d0ef53d7bb28f21aba25b19f3','local-cpu/onnxruntime/batch1/threads1','{"min": 0.029122995329089463, "median": 0.029654001991730183, "p90": 0.03076100256294012, "runs": 1126, "reference": 0.20179899729555473}','2026-11-25 20:26:53.671457');
CREATE TABLE members (
	team VARCHAR(100) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_members PRIMARY KEY (team, name), 
	CONSTRAINT fk_members_team FOREIGN KEY(team) REFERENCES teams (name)
);
CREATE TABLE models (
	id VARCHAR(40) NOT NULL, 
	job_id VARCHAR(40) NOT NULL, 
	trial_number INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	head VARCHAR(16) NOT NULL, 
	ranks JSON, 
	architecture JSON NOT NULL, 
	architecture_digest VARCHAR(64) NOT NULL, 
	"values" JSON NOT NULL, 
	latency JSON NOT NULL, 
	checkpoint VARCHAR(64) NOT NULL, 
	checkpoint_bytes BIGINT NOT NULL, 
	feasible BOOLEAN NOT NULL, 
	front_from INTEGER, 
	front_until INTEGER, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_models PRIMARY KEY (id), 
	CONSTRAINT fk_models_job_id_trial_number FOREIGN KEY(job_id, trial_number) REFERENCES trials (job_id, number) ON DELETE CASCADE, 
	CONSTRAINT uq_models_job_id_trial_number_position UNIQUE (job_id, trial_number, position)
);
INSERT INTO "models" VALUES('mdl_01a214638a017683bf1a557f7574a4df','job_01a214633f5e7cc49e55cba9fa8d2841',0,0,'tcl','[24, 4, 1]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 1]}}','a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4','{"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.024676999601069838, "accuracy": 0.8263888888888888}','{"min": 0.024676999601069838, "median": 0.025376997655257583, "p90": 0.026158995751757175, "runs": 1471, "reference": 0.20136799867032096}','2932299c2724e3597dd2f1695aac2634bde8d1be5c39272fc152c4e271480648',28496,1,1,NULL,'2026-11-25 20:26:37.441407');
INSERT INTO "models" VALUES('mdl_01a214638c1c787688bcc2bbda794f9f','job_01a214633f5e7cc49e55cba9fa8d2841',1,0,'tcl','[4, 2, 4]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b','{"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.022483000066131353, "accuracy": 0.3888888888888889}','{"min": 0.022483000066131353, "median": 0.023044005502015352, "p90": 0.024262702208943665, "runs": 1624, "reference": 0.201810005819425}','b529eaf781758278a46b4f48e4af819b8cc3df3943ff184691bd5935dd4f5877',26920,1,2,NULL,'2026-11-25 20:26:37.980529');
INSERT INTO "models" VALUES('mdl_01a214638e5671ca9d20852d00997c87','job_01a214633f5e7cc49e55cba9fa8d2841',2,0,'tcl','[16, 2, 4]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [16, 2, 4]}}','0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266','{"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.0285319983959198, "accuracy": 0.7569444444444444}','{"min": 0.0285319983959198, "median": 0.029323997296160087, "p90": 0.030933997186366472, "runs": 1322, "reference": 0.2021589971263893}','a842b3bfc1ea341d87baa3feb0eb9a93af068ca80aafd6b8685d787b185342b9',60008,1,NULL,NULL,'2026-11-25 20:26:38.550112');
INSERT INTO "models" VALUES('mdl_01a21463c184770eb5e3749dcb90656c','job_01a21463904774b4addc8012269e984d',0,0,'tcl','[24, 4, 2]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 16, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 2]}}','3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be','{"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.024726999981794506, "accuracy": 0.9583333333333334}','{"min": 0.024726999981794506, "median": 0.02528799814172089, "p90": 0.026202599110547453, "runs": 1737, "reference": 0.19853399862768129}','4246a147abd2ec365488226288a85ecc57dc4a91232346f8a42ebad216cb09c1',29128,1,1,NULL,'2026-11-25 20:26:51.652441');
INSERT INTO "models" VALUES('mdl_01a21463c3d1745eb708d970914a9a57','job_01a21463904774b4addc8012269e984d',1,0,'gap',NULL,'{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 32, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "gap", "ranks": null}}','7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824','{"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.021431005734484643, "accuracy": 0.625}','{"min": 0.021431005734484643, "median": 0.022052001440897584, "p90": 0.02306799724465236, "runs": 1593, "reference": 0.1997760045924224}','fb38d09894210d4f80ed7febfe1e8a64fa58b6feed812c6d35779454bf5642e1',26480,1,2,NULL,'2026-11-25 20:26:52.241273');
INSERT INTO "models" VALUES('mdl_01a21463c64c70089482ea1f441595c9','job_01a21463904774b4addc8012269e984d',2,0,'tcl','[4, 1, 2]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 1, 2]}}','9e7d7a1f4c70b78c3d2926f3abc020ef14fb78846f6030be5de465e3748efd82','{"params": 10000.0, "macs": 206256.0, "size_bytes": 40000.0, "latency_ms": 0.03148700488964096, "accuracy": 0.7986111111111112}','{"min": 0.03148700488964096, "median": 0.03227799606975168, "p90": 0.03431899822317064, "runs": 1332, "reference": 0.19997599883936346}','fb62452c44c058f847ce85fc0939fc7343db3e246e4186f88c60528d8aa8f637',48168,1,NULL,NULL,'2026-11-25 20:26:52.876002');
INSERT INTO "models" VALUES('mdl_01a21463c8a6791ea20d472d850cee19','job_01a21463904774b4addc8012269e984d',3,0,'tcl','[4, 2, 4]','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','2d0dcee5403a775875d4f72f9502ab7176bd55da2749ae0418d9d88d3aaba0ec','{"params": 2098.0, "macs": 45440.0, "size_bytes": 8392.0, "latency_ms": 0.022874002752359957, "accuracy": 0.4791666666666667}','{"min": 0.022874002752359957, "median": 0.023454995243810117, "p90": 0.02451690161251463, "runs": 1912, "reference": 0.20005700207548216}','d4a5a524bd4473c0e46b9e64ca92b541db781105367c1c2ccd91dd0919e5ee76',16320,1,3,NULL,'2026-11-25 20:26:53.478570');
CREATE TABLE points (
	id VARCHAR(40) NOT NULL, 
	job_id VARCHAR(40) NOT NULL, 
	parameters JSON NOT NULL, 
	owner VARCHAR(100) NOT NULL, 
	created_at DATETIME NOT NULL, 
	trial_number INTEGER, 
	CONSTRAINT pk_points PRIMARY KEY (id), 
	CONSTRAINT fk_points_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
ANALYZE "sqlite_master";
INSERT INTO "sqlite_stat1" VALUES('copies','sqlite_autoindex_copies_1','1 1');
INSERT INTO "sqlite_stat1" VALUES('alembic_version','sqlite_autoindex_alembic_version_1','1 1');
INSERT INTO "sqlite_stat1" VALUES('teams','sqlite_autoindex_teams_1','1 1');
INSERT INTO "sqlite_stat1" VALUES('tokens','sqlite_autoindex_tokens_2','2 1');
INSERT INTO "sqlite_stat1" VALUES('tokens','sqlite_autoindex_tokens_1','2 1');
INSERT INTO "sqlite_stat1" VALUES('audit','ix_audit_team_id','8 4 1');
INSERT INTO "sqlite_stat1" VALUES('audit','sqlite_autoindex_audit_1','8 1');
INSERT INTO "sqlite_stat1" VALUES('latencies','sqlite_autoindex_latencies_1','3 1 1');
INSERT INTO "sqlite_stat1" VALUES('artifacts','sqlite_autoindex_artifacts_1','6 1');
INSERT INTO "sqlite_stat1" VALUES('dispatchers','sqlite_autoindex_dispatchers_1','1 1');
INSERT INTO "sqlite_stat1" VALUES('front_revisions','sqlite_autoindex_front_revisions_1','2 2 1');
INSERT INTO "sqlite_stat1" VALUES('trial_reports','ix_trial_reports_checkpoint','6 6');
INSERT INTO "sqlite_stat1" VALUES('trial_reports','sqlite_autoindex_trial_reports_1','6 6 2 1 1');
INSERT INTO "sqlite_stat1" VALUES('models','ix_models_job_id_front_until_front_from','3 3 3 1');
INSERT INTO "sqlite_stat1" VALUES('models','ix_models_checkpoint','3 1');
INSERT INTO "sqlite_stat1" VALUES('models','sqlite_autoindex_models_2','3 3 1 1');
INSERT INTO "sqlite_stat1" VALUES('models','sqlite_autoindex_models_1','3 1');
INSERT INTO "sqlite_stat1" VALUES('events','sqlite_autoindex_events_1','28 10 1');
INSERT INTO "sqlite_stat1" VALUES('job_tags','ix_job_tags_key_value','1 1 1');
INSERT INTO "sqlite_stat1" VALUES('job_tags','sqlite_autoindex_job_tags_1','1 1 1');
INSERT INTO "sqlite_stat1" VALUES('exports','ix_exports_sha256','3 1');
INSERT INTO "sqlite_stat1" VALUES('exports','sqlite_autoindex_exports_1','3 1 1');
INSERT INTO "sqlite_stat1" VALUES('trials','ix_trials_extra','0 0 0 0');
INSERT INTO "sqlite_stat1" VALUES('trials','ix_trials_job_id_state_number','4 2 2 1');
INSERT INTO "sqlite_stat1" VALUES('trials','sqlite_autoindex_trials_1','4 2 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','ix_jobs_turn','3 1 1 1 1 1 1 1 1 1 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','ix_jobs_started_at','3 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','ix_jobs_team_state','3 3 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','ix_jobs_team_id_id','3 3 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','ix_jobs_state_priority_id','3 1 1 1');
INSERT INTO "sqlite_stat1" VALUES('jobs','sqlite_autoindex_jobs_1','3 1');
CREATE TABLE teams (
	name VARCHAR(100) NOT NULL, 
	quotas JSON NOT NULL, 
	created_at DATETIME NOT NULL, retention_days INTEGER, 
	CONSTRAINT pk_teams PRIMARY KEY (name)
);
INSERT INTO "teams" VALUES('default','{}','2026-11-25 20:26:17.814159',NULL);
INSERT INTO "teams" VALUES('vision','{}','2026-11-25 20:26:18.093733',NULL);
CREATE TABLE tokens (
	id VARCHAR(40) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	team VARCHAR(100) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	token_sha256 VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME, 
	revoked_at DATETIME, member VARCHAR(100), scopes JSON, 
	CONSTRAINT pk_tokens PRIMARY KEY (id), 
	CONSTRAINT fk_tokens_team FOREIGN KEY(team) REFERENCES teams (name), 
	CONSTRAINT uq_tokens_token_sha256 UNIQUE (token_sha256)
);
INSERT INTO "tokens" VALUES('tok_01a214633d56728b935f8f04ff1c99f1','admin','default','admin','8f958c39098a42d6387b1d0e6febd81c7e1c0755cd381bf4943da0d785770cf2','2026-11-25 20:26:17.814159',NULL,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a214633d56728b958af5d5850aa2f1','dispatcher','default','dispatcher','865f5aca3ee161fa762f71402b81b85dd7b135fd261abadece21bb29df24da97','2026-11-25 20:26:17.814159',NULL,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a214633e997683a084adc258668cca','Ada','default','editor','5fa3234e435fe1eacee33cb5f6c3cac57dbd9649db8aa7f1b85395f78c5fc648','2026-11-25 20:26:18.137407',NULL,NULL,NULL,NULL);
INSERT INTO "tokens" VALUES('tok_01a214633edf7570bd6a1f54395e6bd5','Bob','default','editor','89932ce054db161a8a8fb4e62b7473093df35c9548388f6d50d77ebcb42bd4a1','2026-11-25 20:26:18.207340',NULL,'2026-11-25 20:26:18.271524',NULL,NULL);
CREATE TABLE trial_reports (
	job_id VARCHAR(40) NOT NULL, 
	number INTEGER NOT NULL, 
	training_epoch INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	accuracy FLOAT NOT NULL, 
	loss FLOAT NOT NULL, 
	seconds FLOAT NOT NULL, 
	checkpoint VARCHAR(64), 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_trial_reports PRIMARY KEY (job_id, number, training_epoch, attempt), 
	CONSTRAINT fk_trial_reports_job_id_number FOREIGN KEY(job_id, number) REFERENCES trials (job_id, number) ON DELETE CASCADE
);
INSERT INTO "trial_reports" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',0,1,1,5.27777777777777790113e-01,1.70070097181532120522e+00,1.24137474005692638456e-01,NULL,'2026-11-25 20:26:37.261017');
INSERT INTO "trial_reports" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',0,2,1,8.26388888888888839545e-01,8.4941297107272673017e-01,1.03802179000922478735e-01,NULL,'2026-11-25 20:26:37.441407');
INSERT INTO "trial_reports" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',1,1,1,2.36111111111111104943e-01,2.25947146945529508954e+00,1.53174489998491480946e-01,NULL,'2026-11-25 20:26:37.783539');
INSERT INTO "trial_reports" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',1,2,1,3.88888888888888895056e-01,2.18130026923285580409e+00,1.59553812001831829547e-01,NULL,'2026-11-25 20:26:37.980529');
INSERT INTO "trial_reports" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',2,1,1,0.3125,1.7828034294976129459e+00,1.57156066001334693282e-01,NULL,'2026-11-25 20:26:38.343002');
INSERT INTO "trial_reports" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',2,2,1,7.56944444444444419772e-01,9.24834993150499107272e-01,1.46477406997291836887e-01,NULL,'2026-11-25 20:26:38.550112');
INSERT INTO "trial_reports" VALUES('job_01a21463904774b4addc8012269e984d',0,1,1,5.90277777777777790113e-01,1.22650453779432511147e+00,1.40385591999802272766e-01,NULL,'2026-11-25 20:26:51.354680');
INSERT INTO "trial_reports" VALUES('job_01a21463904774b4addc8012269e984d',0,2,1,8.88888888888888839545e-01,3.92586575614081501051e-01,1.31989660003455355763e-01,NULL,'2026-11-25 20:26:51.594888');
INSERT INTO "trial_reports" VALUES('job_01a21463904774b4addc8012269e984d',0,3,1,9.5833333333333337034e-01,2.38557232750786663011e-01,0.113448721000168,NULL,'2026-11-25 20:26:51.652441');
INSERT INTO "trial_reports" VALUES('job_01a21463904774b4addc8012269e984d',1,1,1,0.4375,2.10412618849012567068e+00,1.25352105002093594521e-01,NULL,'2026-11-25 20:26:52.221080');
INSERT INTO "trial_reports" VALUES('job_01a21463904774b4addc8012269e984d',1,2,1,5.69444444444444419772e-01,1.51146697998046875e+00,1.15385513003275264054e-01,NULL,'2026-11-25 20:26:52.221080');
INSERT INTO "trial_reports" VALUES('job_01a21463904774b4addc8012269e984d',1,3,1,0.625,1.31561099158393,1.13517742996918968856e-01,NULL,'2026-11-25 20:26:52.241273');
INSERT INTO "trial_reports" VALUES('job_01a21463904774b4addc8012269e984d',2,1,1,2.43055555555555552471e-01,2.51825311448839,1.35184337996179237961e-01,NULL,'2026-11-25 20:26:52.842924');
INSERT INTO "trial_reports" VALUES('job_01a21463904774b4addc8012269e984d',2,2,1,3.95833333333333314829e-01,2.70853021409776495431e+00,1.29715055998531170189e-01,NULL,'2026-11-25 20:26:52.842924');
INSERT INTO "trial_reports" VALUES('job_01a21463904774b4addc8012269e984d',2,3,1,7.98611111111111160454e-01,5.31113041771782756761e-01,1.32772069999191444367e-01,NULL,'2026-11-25 20:26:52.876002');
INSERT INTO "trial_reports" VALUES('job_01a21463904774b4addc8012269e984d',3,1,1,1.66666666666666657414e-01,2.28059535556369352704e+00,1.23820954002439975738e-01,NULL,'2026-11-25 20:26:53.214040');
INSERT INTO "trial_reports" VALUES('job_01a21463904774b4addc8012269e984d',3,2,1,0.4375,2.18833457099066830409e+00,1.20024233998265117406e-01,NULL,'2026-11-25 20:26:53.329245');
INSERT INTO "trial_reports" VALUES('job_01a21463904774b4addc8012269e984d',3,3,1,4.7916666666666668517e-01,2.1278027428521051334e+00,1.22185549000278115272e-01,NULL,'2026-11-25 20:26:53.478570');
INSERT INTO "trial_reports" VALUES('job_01a21463904774b4addc8012269e984d',4,1,1,2.29166666666666657414e-01,3.71980921427408839363e+00,2.21376393004902638494e-01,'f316954f01bde40ea0a1f8f6f56b1bab85ee0a012207b0d3a263059db6502838','2026-11-25 20:26:53.930429');
CREATE TABLE trials (
	job_id VARCHAR(40) NOT NULL, 
	number INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	reason VARCHAR(40), 
	detail TEXT, 
	parameters JSON NOT NULL, 
	architecture JSON NOT NULL, 
	architecture_digest VARCHAR(64) NOT NULL, 
	seed BIGINT NOT NULL, 
	"values" JSON NOT NULL, 
	latency JSON, 
	measured_attempt INTEGER, 
	attempts INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, purpose VARCHAR(16) DEFAULT 'search' NOT NULL, subject VARCHAR(40), copy_of INTEGER, 
	CONSTRAINT pk_trials PRIMARY KEY (job_id, number), 
	CONSTRAINT ck_trials_state CHECK (state IN ('reserved', 'running', 'complete', 'pruned', 'failed', 'cancelled', 'suspended')), 
	CONSTRAINT ck_trials_number CHECK (number >= 0), 
	CONSTRAINT fk_trials_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "trials" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',0,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 1, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": true, "head.kind": "tcl", "head.ranks.channels": 32, "head.ranks.height": 4, "head.ranks.width": 1, "training.learning_rate": 0.01053524041590806}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 1]}}','a951a408d6dcadbc003ba0e4b2ae41e21d9719c8ec6fd447a42394f13b3247e4',1000003,'{"params": 4890.0, "macs": 57664.0, "size_bytes": 19560.0, "latency_ms": 0.024676999601069838, "accuracy": 0.8263888888888888}','{"min": 0.024676999601069838, "median": 0.025376997655257583, "p90": 0.026158995751757175, "runs": 1471, "reference": 0.20136799867032096}',1,1,'2026-11-25 20:26:30.422758','2026-11-25 20:26:33.588116','2026-11-25 20:26:37.441407','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',1,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 1, "stage1.squeeze_excite": true, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 24, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": false, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 4, "head.ranks.height": 2, "head.ranks.width": 4, "training.learning_rate": 0.002714586589327645}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','4834ac98d7c1b86b449d5640cfe4c6e43bde4ab13a0de4391f5a82158175fc6b',1000004,'{"params": 4526.0, "macs": 77184.0, "size_bytes": 18104.0, "latency_ms": 0.022483000066131353, "accuracy": 0.3888888888888889}','{"min": 0.022483000066131353, "median": 0.023044005502015352, "p90": 0.024262702208943665, "runs": 1624, "reference": 0.201810005819425}',1,1,'2026-11-25 20:26:37.441407','2026-11-25 20:26:37.493391','2026-11-25 20:26:37.980529','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a214633f5e7cc49e55cba9fa8d2841',2,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "residual", "stage1.depth": 1, "stage1.width": 8, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "residual", "stage3.depth": 1, "stage3.width": 24, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 16, "head.ranks.height": 2, "head.ranks.width": 4, "training.learning_rate": 0.007352125594573643}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [16, 2, 4]}}','0776ffd146e0f9d3b33fc4430d37251bd52305b6e02b87205180a48a948fd266',1000005,'{"params": 12910.0, "macs": 244096.0, "size_bytes": 51640.0, "latency_ms": 0.0285319983959198, "accuracy": 0.7569444444444444}','{"min": 0.0285319983959198, "median": 0.029323997296160087, "p90": 0.030933997186366472, "runs": 1322, "reference": 0.2021589971263893}',1,1,'2026-11-25 20:26:37.980529','2026-11-25 20:26:38.025752','2026-11-25 20:26:38.550112','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21463904774b4addc8012269e984d',0,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 16, "stage1.kernel": 3, "stage1.expansion": 2, "stage1.squeeze_excite": true, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 24, "stage2.kernel": 3, "stage2.expansion": 1, "stage2.squeeze_excite": false, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": true, "head.kind": "tcl", "head.ranks.channels": 32, "head.ranks.height": 4, "head.ranks.width": 2, "training.learning_rate": 0.014221199739697217}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 16, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}], "head": {"kind": "tcl", "ranks": [24, 4, 2]}}','3efe92052089d2b20c9fa5f96ef52c15b03ac3643d281d1e6af26d93d2c314be',0,'{"params": 5204.0, "macs": 68000.0, "size_bytes": 20816.0, "latency_ms": 0.024726999981794506, "accuracy": 0.9583333333333334}','{"min": 0.024726999981794506, "median": 0.02528799814172089, "p90": 0.026202599110547453, "runs": 1737, "reference": 0.19853399862768129}',1,1,'2026-11-25 20:26:44.132356','2026-11-25 20:26:47.808744','2026-11-25 20:26:51.652441','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21463904774b4addc8012269e984d',1,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 2, "stage1.squeeze_excite": false, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 2, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 32, "stage3.kernel": 3, "stage3.expansion": 2, "stage3.squeeze_excite": true, "head.kind": "gap", "training.learning_rate": 0.009658179826892165}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": false}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 32, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}], "head": {"kind": "gap", "ranks": null}}','7fb95216a512f42b96b7193e59b52d8683ade90ff4ef8a5bfe5e14b31c7b7824',1,'{"params": 4238.0, "macs": 74944.0, "size_bytes": 16952.0, "latency_ms": 0.021431005734484643, "accuracy": 0.625}','{"min": 0.021431005734484643, "median": 0.022052001440897584, "p90": 0.02306799724465236, "runs": 1593, "reference": 0.1997760045924224}',1,1,'2026-11-25 20:26:51.652441','2026-11-25 20:26:51.713469','2026-11-25 20:26:52.241273','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21463904774b4addc8012269e984d',2,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "residual", "stage1.depth": 1, "stage1.width": 8, "stage1.squeeze_excite": true, "stage2.block": "residual", "stage2.depth": 1, "stage2.width": 24, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 4, "head.ranks.height": 1, "head.ranks.width": 2, "training.learning_rate": 0.016319488770709708}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "residual", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 1, 2]}}','9e7d7a1f4c70b78c3d2926f3abc020ef14fb78846f6030be5de465e3748efd82',2,'{"params": 10000.0, "macs": 206256.0, "size_bytes": 40000.0, "latency_ms": 0.03148700488964096, "accuracy": 0.7986111111111112}','{"min": 0.03148700488964096, "median": 0.03227799606975168, "p90": 0.03431899822317064, "runs": 1332, "reference": 0.19997599883936346}',1,1,'2026-11-25 20:26:52.241273','2026-11-25 20:26:52.389168','2026-11-25 20:26:52.876002','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21463904774b4addc8012269e984d',3,'complete','finished',NULL,'{"stem.width": 8, "stage1.block": "mbconv", "stage1.depth": 1, "stage1.width": 8, "stage1.kernel": 3, "stage1.expansion": 2, "stage1.squeeze_excite": true, "stage2.block": "mbconv", "stage2.depth": 1, "stage2.width": 16, "stage2.kernel": 3, "stage2.expansion": 1, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 24, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": false, "head.kind": "tcl", "head.ranks.channels": 4, "head.ranks.height": 2, "head.ranks.width": 4, "training.learning_rate": 0.0029550509331092295}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "mbconv", "depth": 1, "width": 8, "stride": 1, "kernel": 3, "expansion": 2, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 16, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 24, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}], "head": {"kind": "tcl", "ranks": [4, 2, 4]}}','2d0dcee5403a775875d4f72f9502ab7176bd55da2749ae0418d9d88d3aaba0ec',3,'{"params": 2098.0, "macs": 45440.0, "size_bytes": 8392.0, "latency_ms": 0.022874002752359957, "accuracy": 0.4791666666666667}','{"min": 0.022874002752359957, "median": 0.023454995243810117, "p90": 0.02451690161251463, "runs": 1912, "reference": 0.20005700207548216}',1,1,'2026-11-25 20:26:52.876002','2026-11-25 20:26:52.951675','2026-11-25 20:26:53.478570','search',NULL,NULL);
INSERT INTO "trials" VALUES('job_01a21463904774b4addc8012269e984d',4,'suspended','interrupted',NULL,'{"stem.width": 8, "stage1.block": "residual", "stage1.depth": 1, "stage1.width": 16, "stage1.squeeze_excite": false, "stage2.block": "residual", "stage2.depth": 1, "stage2.width": 24, "stage2.squeeze_excite": true, "stage3.block": "mbconv", "stage3.depth": 1, "stage3.width": 32, "stage3.kernel": 3, "stage3.expansion": 1, "stage3.squeeze_excite": true, "head.kind": "gap", "training.learning_rate": 0.02554617102420103}','{"version": 1, "input": {"channels": 1, "height": 8, "width": 8}, "classes": 10, "stem": {"width": 8, "kernel": 3, "stride": 1}, "stages": [{"block": "residual", "depth": 1, "width": 16, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": false}, {"block": "residual", "depth": 1, "width": 24, "stride": 2, "kernel": 3, "expansion": 1, "squeeze_excite": true}, {"block": "mbconv", "depth": 1, "width": 32, "stride": 1, "kernel": 3, "expansion": 1, "squeeze_excite": true}], "head": {"kind": "gap", "ranks": null}}','a7a248c8d00d56a7dd53b51e05652a8e32afdf4d0ef53d7bb28f21aba25b19f3',4,'{"params": 14998.0, "macs": 395008.0, "size_bytes": 59992.0, "latency_ms": 0.029122995329089463, "accuracy": 0.22916666666666666}','{"min": 0.029122995329089463, "median": 0.029654001991730183, "p90": 0.03076100256294012, "runs": 1126, "reference": 0.20179899729555473}',1,1,'2026-11-25 20:26:53.478570','2026-11-25 20:26:53.544247',NULL,'search',NULL,NULL);
CREATE TABLE warm_starts (
	job_id VARCHAR(40) NOT NULL, 
	observations JSON NOT NULL, 
	CONSTRAINT pk_warm_starts PRIMARY KEY (job_id), 
	CONSTRAINT fk_warm_starts_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE TABLE webhook_cursors (
	webhook_id VARCHAR(40) NOT NULL, 
	job_id VARCHAR(40) NOT NULL, 
	sequence INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_at DATETIME, 
	CONSTRAINT pk_webhook_cursors PRIMARY KEY (webhook_id, job_id), 
	CONSTRAINT fk_webhook_cursors_webhook_id FOREIGN KEY(webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE, 
	CONSTRAINT fk_webhook_cursors_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE TABLE webhooks (
	id VARCHAR(40) NOT NULL, 
	team VARCHAR(100) NOT NULL, 
	url VARCHAR(2000) NOT NULL, 
	secret VARCHAR(100) NOT NULL, 
	events JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	disabled_at DATETIME, 
	detail TEXT, 
	leased_until DATETIME, 
	CONSTRAINT pk_webhooks PRIMARY KEY (id), 
	CONSTRAINT fk_webhooks_team FOREIGN KEY(team) REFERENCES teams (name)
);
CREATE INDEX ix_jobs_state_priority_id ON jobs (state, priority, id);
CREATE INDEX ix_jobs_team_id_id ON jobs (team, id);
CREATE INDEX ix_job_tags_key_value ON job_tags ("key", value);
CREATE INDEX ix_trials_job_id_state_number ON trials (job_id, state, number);
CREATE INDEX ix_trial_reports_checkpoint ON trial_reports (checkpoint);
CREATE INDEX ix_models_checkpoint ON models (checkpoint);
CREATE INDEX ix_points_job_id_trial_number_id ON points (job_id, trial_number, id);
CREATE INDEX ix_jobs_team_state ON jobs (team, state);
CREATE INDEX ix_audit_team_id ON audit (team, id);
CREATE INDEX ix_webhooks_team ON webhooks (team);
CREATE INDEX ix_models_job_id_front_until_front_from ON models (job_id, front_until, front_from);
CREATE INDEX ix_idempotency_keys_job_id ON idempotency_keys (job_id);
CREATE INDEX ix_jobs_started_at ON jobs (started_at);
CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);
CREATE INDEX ix_jobs_turn ON jobs (state, dataset_key, team, owner, priority, boost, id, cpus, gpus, concurrency);
CREATE INDEX ix_trials_extra ON trials (job_id, purpose, number) WHERE subject IS NOT NULL;
CREATE INDEX ix_exports_sha256 ON exports (sha256);
COMMIT;
